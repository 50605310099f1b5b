-- Holds the number of the table of secure events, which comes in a change of its own.
DROP TABLE IF EXISTS no_such_table_of_this_store;

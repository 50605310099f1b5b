-- Holds the number of the table of secure events, which comes in a change of its own.
SELECT 1 FORMAT Null;

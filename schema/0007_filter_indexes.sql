-- Pages of one peer or one namespace read the granules that have it, not the whole window.
-- The peer by its address, as filters compare it: every spelling of an IPv6 address is one text. 1.4 bytes a flow at 10 million.
ALTER TABLE traffic ADD INDEX IF NOT EXISTS peer_address_index toString(toIPv6OrNull(traffic_in_out_ip)) TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE traffic ADD INDEX IF NOT EXISTS pod_namespace_index pod_namespace TYPE bloom_filter(0.01) GRANULARITY 1;

-- Of parts that are there already, in the background; 0006's index as well, or tails would read them whole.
ALTER TABLE traffic MATERIALIZE INDEX sequence_index;
ALTER TABLE traffic MATERIALIZE INDEX peer_address_index;
ALTER TABLE traffic MATERIALIZE INDEX pod_namespace_index;

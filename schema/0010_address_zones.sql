-- A zone id (fe80::1%eth0) belongs to the notation of an address, not to the address: filters compare what is before it, and so does their index.
ALTER TABLE traffic DROP INDEX IF EXISTS peer_address_index;
ALTER TABLE traffic ADD INDEX IF NOT EXISTS peer_address_index toString(toIPv6OrNull(substringIndex(traffic_in_out_ip, '%', 1))) TYPE bloom_filter(0.01) GRANULARITY 1;

-- Of parts that are there already, in the background; until then filters read them whole.
ALTER TABLE traffic MATERIALIZE INDEX peer_address_index;

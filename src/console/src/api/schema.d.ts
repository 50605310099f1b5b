// Written by "npm run api"; not by hand.
export interface paths {
    "/api/events/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who did what to this store, newest first
         * @description Needs a token with the role admin.
         */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description Most events.
                     * @example 10
                     */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example [
                         *       {
                         *         "id": "1778578334123456",
                         *         "timestamp": "2026-05-12T09:32:14.123456Z",
                         *         "activity": "Flows cleared",
                         *         "activity_code": "flows.clear",
                         *         "initiator_id": "admin-1f3a9c02",
                         *         "initiator_name": "admin-1f3a9c02",
                         *         "initiator_email": "",
                         *         "target_id": "flow-reports",
                         *         "meta": {
                         *           "flows": "104"
                         *         }
                         *       }
                         *     ]
                         */
                        "application/json": components["schemas"]["AuditEvents"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/backups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The backups that were made, newest first, and the one that runs
         * @description Needs a token with the role admin.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "current": null,
                         *       "backups": [
                         *         {
                         *           "name": "kguardian-2026-05-12T10-32-14.123Z-full",
                         *           "destination": "File('')",
                         *           "base": null,
                         *           "taken_at": "2026-05-12T10:32:14.123Z",
                         *           "schema_version": 7,
                         *           "flows": 104,
                         *           "rows": 130,
                         *           "bytes": 52000
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["Backups"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Begins a backup
         * @description It has everything that was acknowledged before, and is made in the background. It builds on the last one at the same place, unless full says otherwise. Needs a token with the role admin.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "full": true
                     *     }
                     */
                    "application/json": components["schemas"]["BackupOrder"];
                };
            };
            responses: {
                /** @description It has begun. */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "id": 1,
                         *       "state": "running",
                         *       "destination": "File('')",
                         *       "started_at": "2026-05-12T10:32:14.123Z",
                         *       "progress": {
                         *         "phase": "backup",
                         *         "files": 10,
                         *         "files_total": 40,
                         *         "bytes": 1000,
                         *         "bytes_total": 4000
                         *       },
                         *       "backup": null,
                         *       "error": null
                         *     }
                         */
                        "application/json": components["schemas"]["BackupJob"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/clock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What time this server believes, and why nothing expires when it does not believe its machine's clock
         * @description Needs a token with the role admin.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "machine_time": "2026-11-28T20:00:00Z",
                         *       "believed_time": "2026-11-26T20:00:00Z",
                         *       "difference_seconds": 172800,
                         *       "held": true,
                         *       "reason": "the machine's clock says 2026-11-28T20:00:00Z, 2 d 0 h ahead of 2026-11-26T20:00:00Z; it was moved: the monotonic clock counts another time",
                         *       "held_since": "2026-11-26T19:58:00Z",
                         *       "oldest_day": "2026-10-27",
                         *       "server": "0f3a9c21d4e8",
                         *       "other_holds": []
                         *     }
                         */
                        "application/json": components["schemas"]["Clock"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/doctor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is wrong with the store or will be, and what to do
         * @description Answered within two seconds, also while the server is not ready. Needs a token with the role admin.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "status": "warning",
                         *       "findings": [
                         *         {
                         *           "check": "detached parts",
                         *           "severity": "warning",
                         *           "what": "1 parts of kguardian.traffic were detached by somebody",
                         *           "todo": "Attach them again.",
                         *           "evidence": {
                         *             "table": "traffic",
                         *             "parts": 1
                         *           }
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["DoctorReport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/admin/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The tokens that this server takes, by name and role
         * @description Without the tokens themselves. A name is what limits, the audit log and whoami call it. last_used is of this server, since its start. Needs a token with the role admin.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "open": false,
                         *       "issuer": null,
                         *       "problems": [],
                         *       "tokens": [
                         *         {
                         *           "name": "read-1f3a9c02",
                         *           "roles": [
                         *             "read"
                         *           ],
                         *           "settings": [
                         *             "Auth:ReadTokenFile"
                         *           ],
                         *           "last_used": "2026-05-12T10:32:14.123Z"
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["Tokens"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/edges/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Edges that are new, gone or changed between two windows
         * @description Edges are of workloads, by client, server, port and protocol; changed is one with other decisions than before. In the order of client and server. Needs a token with the role read.
         */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description Begin of the window of first-seen time: a date or time such as 2026-05-12T10:00:00Z, or one that counts from now such as -24h or now-24h.
                     * @example 2026-05-12
                     */
                    from?: string;
                    /**
                     * @description End of the window, not part of it.
                     * @example 2026-05-13
                     */
                    to?: string;
                    /**
                     * @description What else is true of the flows: fields, operators, and, or, not, parentheses. A time stands for all of the day, minute, second or fraction that it is written to.
                     * @example decision = ALLOW and not peer_ip in 192.168.0.0/16
                     */
                    filter?: string;
                    /**
                     * @description Begin of the window that is compared with; left out, it is as long as the other one.
                     * @example 2026-05-11
                     */
                    before_from?: string;
                    /**
                     * @description End of the window that is compared with, not part of it; left out, from.
                     * @example 2026-05-12
                     */
                    before_to?: string;
                    /**
                     * @description Most edges.
                     * @example 100
                     */
                    limit?: number;
                    /**
                     * @description Edges that are passed over: next_offset of the answer before, with its windows.
                     * @example 0
                     */
                    offset?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EdgeChanges"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/flow-reports/retention": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How many days flows are kept
         * @description Needs a token with the role read.
         */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description Answers what would go if so many days were kept; nothing is changed.
                     * @example 7
                     */
                    dry_run?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "result": {
                         *         "days": 30
                         *       }
                         *     }
                         */
                        "application/json": components["schemas"]["RetentionResult"];
                    };
                };
            };
        };
        /**
         * Changes how many days flows are kept
         * @description What that leaves behind goes at once. Needs a token with the role admin.
         */
        put: {
            parameters: {
                query?: {
                    /**
                     * @description Answers what would go if so many days were kept; nothing is changed.
                     * @example 7
                     */
                    dry_run?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "days": 30
                     *     }
                     */
                    "application/json": components["schemas"]["Retention"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "result": {
                         *         "message": "Flow reports retention policy updated successfully"
                         *       }
                         *     }
                         */
                        "application/json": components["schemas"]["RetentionChange"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/flows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Flows as pages, or a whole window as a stream
         * @description Pages are JSON and go on with the cursor that is next. Every other format is a stream of the whole window, or of its first limit rows. Times of JSON, NDJSON and CSV say Z. CSV is RFC 4180 with a line of names: nothing between commas is null, "" is the empty text. In Arrow and Parquet time_stamp is a timestamp in UTC of microseconds (timestamp[us, tz=UTC]; TIMESTAMP(MICROS, isAdjustedToUTC=true)), ports are unsigned numbers of 16 bits, everything else is text. A port that is null or empty has no number, and a number has no leading zeros: pod_port_text and traffic_in_out_port_text are beside them, as posted. Needs a token with the role read.
         */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description Begin of the window of first-seen time: a date or time such as 2026-05-12T10:00:00Z, or one that counts from now such as -24h or now-24h.
                     * @example 2026-05-12
                     */
                    from?: string;
                    /**
                     * @description End of the window, not part of it.
                     * @example 2026-05-13
                     */
                    to?: string;
                    /**
                     * @description What else is true of the flows: fields, operators, and, or, not, parentheses. A time stands for all of the day, minute, second or fraction that it is written to.
                     * @example decision = ALLOW and not peer_ip in 192.168.0.0/16
                     */
                    filter?: string;
                    /**
                     * @description Most rows; at most 1000 a page.
                     * @example 2
                     */
                    limit?: number;
                    /**
                     * @description Newest or oldest first.
                     * @example desc
                     */
                    order?: "desc" | "asc";
                    /**
                     * @description Columns, in this order. Names of pods, workloads, nodes and services are those of the flow's time, and only there when asked for.
                     * @example [
                     *       "pod_name",
                     *       "workload",
                     *       "peer_workload",
                     *       "time_stamp"
                     *     ]
                     */
                    fields?: ("uuid" | "pod_name" | "pod_namespace" | "pod_ip" | "pod_port" | "ip_protocol" | "traffic_type" | "traffic_in_out_ip" | "traffic_in_out_port" | "decision" | "time_stamp" | "workload" | "workload_kind" | "node" | "service" | "labels" | "peer_type" | "peer_namespace" | "peer_pod" | "peer_workload" | "peer_workload_kind" | "peer_node" | "peer_service" | "peer_labels")[];
                    /** @description The next of a page, with the same from, to, filter and order. */
                    cursor?: string;
                    /**
                     * @description How rows are written; Accept says the same.
                     * @example json
                     */
                    format?: "json" | "ndjson" | "csv" | "arrow" | "parquet";
                    /**
                     * @description Shows flows that differ in an ephemeral port only as one: a page without cursor, uuid and time_stamp.
                     * @example none
                     */
                    collapse?: "none" | "ports";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "pod_name": "shop-0",
                         *           "pod_port": "8080",
                         *           "time_stamp": "2026-05-12T10:32:14.123456Z"
                         *         }
                         *       ],
                         *       "next": null,
                         *       "window": {
                         *         "from": "2026-05-12T00:00:00.000000Z",
                         *         "to": "2026-05-13T00:00:00.000000Z"
                         *       },
                         *       "cut": false
                         *     }
                         */
                        "application/json": components["schemas"]["FlowPage"];
                        "application/x-ndjson": unknown;
                        "text/csv": unknown;
                        "application/vnd.apache.arrow.stream": unknown;
                        "application/vnd.apache.parquet": unknown;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/flows/count": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How many flows there are
         * @description Each flow counts once, when it was first seen. Answers are kept for Query:CacheTime, and are at most a second behind new flows (X-Cache, Age). Needs a token with the role read.
         */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description Begin of the window of first-seen time: a date or time such as 2026-05-12T10:00:00Z, or one that counts from now such as -24h or now-24h.
                     * @example 2026-05-12
                     */
                    from?: string;
                    /**
                     * @description End of the window, not part of it.
                     * @example 2026-05-13
                     */
                    to?: string;
                    /**
                     * @description What else is true of the flows: fields, operators, and, or, not, parentheses. A time stands for all of the day, minute, second or fraction that it is written to.
                     * @example decision = ALLOW and not peer_ip in 192.168.0.0/16
                     */
                    filter?: string;
                    /**
                     * @description Exact, or bounds from the index, at once.
                     * @example exact
                     */
                    mode?: "exact" | "fast";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "flows": 104,
                         *       "exact": true,
                         *       "error": 0,
                         *       "at_least": 104,
                         *       "at_most": 104,
                         *       "window": {
                         *         "from": "2026-05-12T00:00:00.000000Z",
                         *         "to": "2026-05-13T00:00:00.000000Z"
                         *       },
                         *       "cut": false
                         *     }
                         */
                        "application/json": components["schemas"]["FlowCount"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/flows/fields": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The fields that filters take, with their operators and values
         * @description Of a field that is counted, /api/v1/flows/top has the values that there are: by=pod&filter=pod startsWith "web". Needs a token with the role read.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "fields": [
                         *         {
                         *           "name": "direction",
                         *           "aliases": [
                         *             "traffic_type"
                         *           ],
                         *           "operators": [
                         *             "=",
                         *             "!=",
                         *             "in",
                         *             "not in",
                         *             "exists"
                         *           ],
                         *           "values": "INGRESS or EGRESS",
                         *           "words": [
                         *             "INGRESS",
                         *             "EGRESS"
                         *           ],
                         *           "counted": true
                         *         }
                         *       ],
                         *       "prefixes": [
                         *         "label.",
                         *         "peer_label."
                         *       ],
                         *       "keywords": [
                         *         "and",
                         *         "or",
                         *         "not"
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["FlowFields"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/flows/timeseries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Flows over time
         * @description Each flow counts once, when it was first seen. Answers are kept for Query:CacheTime, and are at most a second behind new flows (X-Cache, Age). Needs a token with the role read.
         */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description Begin of the window of first-seen time: a date or time such as 2026-05-12T10:00:00Z, or one that counts from now such as -24h or now-24h.
                     * @example 2026-05-12
                     */
                    from?: string;
                    /**
                     * @description End of the window, not part of it.
                     * @example 2026-05-13
                     */
                    to?: string;
                    /**
                     * @description What else is true of the flows: fields, operators, and, or, not, parentheses. A time stands for all of the day, minute, second or fraction that it is written to.
                     * @example decision = ALLOW and not peer_ip in 192.168.0.0/16
                     */
                    filter?: string;
                    /**
                     * @description New flows, or observations: these are known by the hour, so the window widens to whole hours.
                     * @example new
                     */
                    metric?: "new" | "active";
                    /**
                     * @description The step: a number and s, m, h, d or w. Without it one that suits the window. Steps begin at multiples of their length since 1970-01-01, those of whole weeks on Mondays (ISO weeks; several are counted from 1970-01-05).
                     * @example 1h
                     */
                    step?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "time": "2026-05-12T10:00:00Z",
                         *           "flows": 3
                         *         }
                         *       ],
                         *       "metric": "new",
                         *       "time": "first_seen",
                         *       "step_seconds": 3600,
                         *       "window": {
                         *         "from": "2026-05-12T10:00:00.000000Z",
                         *         "to": "2026-05-12T11:00:00.000000Z"
                         *       },
                         *       "cut": false
                         *     }
                         */
                        "application/json": components["schemas"]["FlowSeries"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/flows/top": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The most frequent values of one to three dimensions
         * @description Each flow counts once, when it was first seen. Answers are kept for Query:CacheTime, and are at most a second behind new flows (X-Cache, Age). Needs a token with the role read.
         */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description Begin of the window of first-seen time: a date or time such as 2026-05-12T10:00:00Z, or one that counts from now such as -24h or now-24h.
                     * @example 2026-05-12
                     */
                    from?: string;
                    /**
                     * @description End of the window, not part of it.
                     * @example 2026-05-13
                     */
                    to?: string;
                    /**
                     * @description What else is true of the flows: fields, operators, and, or, not, parentheses. A time stands for all of the day, minute, second or fraction that it is written to.
                     * @example decision = ALLOW and not peer_ip in 192.168.0.0/16
                     */
                    filter?: string;
                    /**
                     * @description What is counted by.
                     * @example [
                     *       "namespace",
                     *       "decision"
                     *     ]
                     */
                    by?: ("pod" | "namespace" | "pod_ip" | "pod_port" | "protocol" | "direction" | "peer_ip" | "peer_port" | "decision" | "workload" | "workload_kind" | "node" | "service" | "peer_type" | "peer_namespace" | "peer_pod" | "peer_workload" | "peer_workload_kind" | "peer_node" | "peer_service")[];
                    /**
                     * @description What is counted: flows, or how often they were seen.
                     * @example flows
                     */
                    metric?: "flows" | "observations";
                    /**
                     * @description Most rows; other says what is left over.
                     * @example 5
                     */
                    limit?: number;
                    /**
                     * @description Counts ephemeral ports as one.
                     * @example none
                     */
                    collapse?: "none" | "ports";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "data": [
                         *         {
                         *           "namespace": "shop",
                         *           "decision": "ALLOW",
                         *           "flows": 3
                         *         }
                         *       ],
                         *       "other": {
                         *         "groups": 0,
                         *         "flows": 0
                         *       },
                         *       "metric": "flows",
                         *       "window": {
                         *         "from": "2026-05-12T00:00:00.000000Z",
                         *         "to": "2026-05-13T00:00:00.000000Z"
                         *       },
                         *       "cut": false
                         *     }
                         */
                        "application/json": components["schemas"]["FlowTop"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/inventory/addresses/{ip}/owners": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whose an address was, from when to when
         * @description As the inventory knows it, newest first: what flows of those times show as their peer. Nobody's it was in between. The newest 1000 of the window; cut says when there are more. Needs a token with the role read.
         */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description Begin of the window of first-seen time: a date or time such as 2026-05-12T10:00:00Z, or one that counts from now such as -24h or now-24h.
                     * @example 2026-05-12
                     */
                    from?: string;
                    /**
                     * @description End of the window, not part of it.
                     * @example 2026-05-13
                     */
                    to?: string;
                };
                header?: never;
                path: {
                    /**
                     * @description The address, of IPv4 or IPv6.
                     * @example 10.244.1.5
                     */
                    ip: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "address": "10.244.1.5",
                         *       "cut": false,
                         *       "owners": [
                         *         {
                         *           "from": "2026-05-12T10:32:14.123456Z",
                         *           "to": null,
                         *           "type": "POD",
                         *           "namespace": "shop",
                         *           "name": "shop-0",
                         *           "node": "node-1",
                         *           "workload_kind": "StatefulSet",
                         *           "workload": "shop"
                         *         }
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["AddressOwners"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policies/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What a change of policies would have changed
         * @description The body is the policies before and after, as a form with two parts (curl -F before=@old.yaml -F after=@new.yaml) or as a JSON object. Only edges whose verdict changes are shown. Needs a token with the role read.
         */
        post: {
            parameters: {
                query?: {
                    /**
                     * @description Begin of the window of first-seen time: a date or time such as 2026-05-12T10:00:00Z, or one that counts from now such as -24h or now-24h.
                     * @example 2026-05-12
                     */
                    from?: string;
                    /**
                     * @description End of the window, not part of it.
                     * @example 2026-05-13
                     */
                    to?: string;
                    /**
                     * @description What else is true of the flows: fields, operators, and, or, not, parentheses. A time stands for all of the day, minute, second or fraction that it is written to.
                     * @example decision = ALLOW and not peer_ip in 192.168.0.0/16
                     */
                    filter?: string;
                    /**
                     * @description The namespace of policies that name none; left out, each has to name one.
                     * @example shop
                     */
                    namespace?: string;
                    /**
                     * @description Most edges: those that would be blocked first. Totals count all.
                     * @example 100
                     */
                    limit?: number;
                    /**
                     * @description What is counted beside flows: with observations also repeats, at a multiple of the cost.
                     * @example flows
                     */
                    metric?: "flows" | "observations";
                    /**
                     * @description One document, or lines with progress after each day; the header Accept says it, too.
                     * @example json
                     */
                    format?: "json" | "ndjson";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "before": null,
                     *       "after": {
                     *         "apiVersion": "networking.k8s.io/v1",
                     *         "kind": "NetworkPolicy",
                     *         "metadata": {
                     *           "name": "default-deny",
                     *           "namespace": "shop"
                     *         },
                     *         "spec": {
                     *           "podSelector": {},
                     *           "policyTypes": [
                     *             "Ingress",
                     *             "Egress"
                     *           ]
                     *         }
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["PolicyChange"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PolicyReplay"];
                        "application/x-ndjson": unknown;
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policies/proposal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Policies that let through what was seen of a namespace's workloads
         * @description YAML, each rule with its evidence as comments; with Accept: application/json the policies and the evidence as a table. Nothing is stored. Replayed over the same flows it blocks none of them. Needs a token with the role read.
         */
        get: {
            parameters: {
                query: {
                    /**
                     * @description Begin of the window of first-seen time: a date or time such as 2026-05-12T10:00:00Z, or one that counts from now such as -24h or now-24h.
                     * @example 2026-05-12
                     */
                    from?: string;
                    /**
                     * @description End of the window, not part of it.
                     * @example 2026-05-13
                     */
                    to?: string;
                    /**
                     * @description What else is true of the flows: fields, operators, and, or, not, parentheses. A time stands for all of the day, minute, second or fraction that it is written to.
                     * @example decision = ALLOW and not peer_ip in 192.168.0.0/16
                     */
                    filter?: string;
                    /**
                     * @description The namespace.
                     * @example shop
                     */
                    namespace: string;
                    /**
                     * @description The kind of a workload: Deployment, StatefulSet, DaemonSet, CronJob, Job, Pod; left out, any.
                     * @example ReplicaSet
                     */
                    kind?: string;
                    /**
                     * @description The workload's name; left out, every workload of the namespace has a policy.
                     * @example shop-5d4f
                     */
                    name?: string;
                    /**
                     * @description Blocks of addresses in one direction of a policy at most: addresses are put together to them.
                     * @example 5
                     */
                    max_blocks?: number;
                    /**
                     * @description Whether names may be asked for only where it was seen, or by every pod, of the pods k8s-app=kube-dns.
                     * @example observed
                     */
                    dns?: "observed" | "always";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/yaml": unknown;
                        "application/json": components["schemas"]["PolicyProposal"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policies/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What policies would have made of stored flows
         * @description The body is NetworkPolicy documents, YAML or JSON, with Namespace documents for labels of namespaces; they are taken as all the policies there are. Names are those of each flow's time. Where names, labels or ports are not known the verdict is unknown. Needs a token with the role read.
         */
        post: {
            parameters: {
                query?: {
                    /**
                     * @description Begin of the window of first-seen time: a date or time such as 2026-05-12T10:00:00Z, or one that counts from now such as -24h or now-24h.
                     * @example 2026-05-12
                     */
                    from?: string;
                    /**
                     * @description End of the window, not part of it.
                     * @example 2026-05-13
                     */
                    to?: string;
                    /**
                     * @description What else is true of the flows: fields, operators, and, or, not, parentheses. A time stands for all of the day, minute, second or fraction that it is written to.
                     * @example decision = ALLOW and not peer_ip in 192.168.0.0/16
                     */
                    filter?: string;
                    /**
                     * @description The namespace of policies that name none; left out, each has to name one.
                     * @example shop
                     */
                    namespace?: string;
                    /**
                     * @description Most edges: those that would be blocked first. Totals count all.
                     * @example 100
                     */
                    limit?: number;
                    /**
                     * @description What is counted beside flows: with observations also repeats, at a multiple of the cost.
                     * @example flows
                     */
                    metric?: "flows" | "observations";
                    /**
                     * @description One document, or lines with progress after each day; the header Accept says it, too.
                     * @example json
                     */
                    format?: "json" | "ndjson";
                    /**
                     * @description Which edges: all, or only those that would not surely be let through.
                     * @example all
                     */
                    show?: "all" | "blocked";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "apiVersion": "networking.k8s.io/v1",
                     *       "kind": "NetworkPolicy",
                     *       "metadata": {
                     *         "name": "default-deny",
                     *         "namespace": "shop"
                     *       },
                     *       "spec": {
                     *         "podSelector": {},
                     *         "policyTypes": [
                     *           "Ingress",
                     *           "Egress"
                     *         ]
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["PolicyDocument"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PolicyReplay"];
                        "application/x-ndjson": unknown;
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/secureEvents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Events, newest first
         * @description A page goes on with prev to older and with next to newer events, beyond the window too. A late flow has its place by its own time: what arrives behind a walk to the newer does not show in it. To get each event, in the order in which they are raised, there is forwarding. Needs a token with the role read.
         */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description Begin of the window, in nanoseconds since 1970; it is part of it. Without it 336 hours before its end.
                     * @example 1708011862000000000
                     */
                    from?: number;
                    /**
                     * @description End of the window, in nanoseconds since 1970; it is part of it. Without it now.
                     * @example 1708011873000000000
                     */
                    to?: number;
                    /** @description The prev or next of a page, or the cursor of an event, whose surroundings are shown; without from and to. The filters of this request count, not those of the page that it is of. */
                    cursor?: string;
                    /**
                     * @description What else is true of the events: fields of GET /api/v1/secureEvents/filters, operators, and, or, not, parentheses.
                     * @example severity in ("3") and kubernetes.namespace.name exists
                     */
                    filter?: string;
                    /**
                     * @description Most events.
                     * @example 2
                     */
                    limit?: number;
                    /**
                     * @description Events that happened, or those of policies that are not enforced.
                     * @example exclude_simulation
                     */
                    simulation?: "exclude_simulation" | "only_simulation";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SecureEvents"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/secureEvents/count": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How many events there are of each severity
         * @description Needs a token with the role read.
         */
        get: {
            parameters: {
                query: {
                    /**
                     * @description Begin of the window, in nanoseconds since 1970; it is part of it. Without it 336 hours before its end.
                     * @example 1708011862000000000
                     */
                    from: number;
                    /**
                     * @description End of the window, in nanoseconds since 1970; it is part of it. Without it now.
                     * @example 1708011873000000000
                     */
                    to: number;
                    /**
                     * @description What else is true of the events: fields of GET /api/v1/secureEvents/filters, operators, and, or, not, parentheses.
                     * @example severity in ("3") and kubernetes.namespace.name exists
                     */
                    filter?: string;
                    /**
                     * @description Events that happened, or those of policies that are not enforced.
                     * @example exclude_simulation
                     */
                    simulation?: "exclude_simulation" | "only_simulation";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SecureEventCounts"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/secureEvents/filters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The fields that filters take
         * @description Needs a token with the role read.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example [
                         *       "severity",
                         *       "ruleName"
                         *     ]
                         */
                        "application/json": components["schemas"]["SecureEventFilters"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/secureEvents/timeSeries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Events over time
         * @description Needs a token with the role read.
         */
        get: {
            parameters: {
                query: {
                    /**
                     * @description Begin of the window, in nanoseconds since 1970; it is part of it. Without it 336 hours before its end.
                     * @example 1708011862000000000
                     */
                    from: number;
                    /**
                     * @description End of the window, in nanoseconds since 1970; it is part of it. Without it now.
                     * @example 1708011873000000000
                     */
                    to: number;
                    /**
                     * @description What else is true of the events: fields of GET /api/v1/secureEvents/filters, operators, and, or, not, parentheses.
                     * @example severity in ("3") and kubernetes.namespace.name exists
                     */
                    filter?: string;
                    /**
                     * @description What events are told apart by. Flows know no users: their series are none.
                     * @example severity
                     */
                    metric: "severity" | "user";
                    /**
                     * @description Most rows of each list.
                     * @example 5
                     */
                    rows?: "5" | "10";
                    /**
                     * @description Events that happened, or those of policies that are not enforced.
                     * @example exclude_simulation
                     */
                    simulation?: "exclude_simulation" | "only_simulation";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SecureEventSeries"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/topology": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The map: who talks to whom on which port, the strongest first
         * @description Ends are what they were as of each flow's time; addresses that are nobody's are grouped to networks. Both reports of a connection, and those of its replies, are one edge. Answers are kept for Query:CacheTime, and are at most a second behind new flows (X-Cache, Age). Needs a token with the role read.
         */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description Begin of the window of first-seen time: a date or time such as 2026-05-12T10:00:00Z, or one that counts from now such as -24h or now-24h.
                     * @example 2026-05-12
                     */
                    from?: string;
                    /**
                     * @description End of the window, not part of it.
                     * @example 2026-05-13
                     */
                    to?: string;
                    /**
                     * @description What else is true of the flows: fields, operators, and, or, not, parentheses. A time stands for all of the day, minute, second or fraction that it is written to.
                     * @example decision = ALLOW and not peer_ip in 192.168.0.0/16
                     */
                    filter?: string;
                    /**
                     * @description What pods are grouped to.
                     * @example workload
                     */
                    level?: "workload" | "namespace" | "pod";
                    /**
                     * @description What is counted of edges: flows, or observations and connections as well, which takes longer.
                     * @example flows
                     */
                    metric?: "flows" | "observations";
                    /**
                     * @description Most edges; other says what is left over.
                     * @example 100
                     */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "nodes": [
                         *         {
                         *           "id": "shop/Deployment/web",
                         *           "kind": "Deployment",
                         *           "namespace": "shop",
                         *           "name": "web"
                         *         },
                         *         {
                         *           "id": "shop/StatefulSet/db",
                         *           "kind": "StatefulSet",
                         *           "namespace": "shop",
                         *           "name": "db"
                         *         }
                         *       ],
                         *       "edges": [
                         *         {
                         *           "source": "shop/Deployment/web",
                         *           "target": "shop/StatefulSet/db",
                         *           "server_port": 5432,
                         *           "protocol": "TCP",
                         *           "flows": 12,
                         *           "dropped": 0,
                         *           "first_seen": "2026-05-12T10:32:14.123456Z",
                         *           "newest_first_seen": "2026-05-12T11:00:00.000000Z",
                         *           "reported_by": [
                         *             "client"
                         *           ]
                         *         }
                         *       ],
                         *       "other": {
                         *         "edges": 0,
                         *         "flows": 0
                         *       },
                         *       "window": {
                         *         "from": "2026-05-12T00:00:00.000000Z",
                         *         "to": "2026-05-13T00:00:00.000000Z"
                         *       },
                         *       "cut": false
                         *     }
                         */
                        "application/json": components["schemas"]["TopologyMap"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/views": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The views that were kept, by name
         * @description Needs a token with the role read.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "views": []
                         *     }
                         */
                        "application/json": components["schemas"]["SavedViews"];
                    };
                };
            };
        };
        /**
         * Keeps a view, or another address for the one of this name
         * @description The last one counts, unless a header says otherwise: If-None-Match: * keeps a new one only, If-Match: "version" replaces that version only. Needs a token with the role admin.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "name": "Drops of shop",
                     *       "address": "flows?from=-24h&filter=decision+%3D+DROP"
                     *     }
                     */
                    "application/json": components["schemas"]["ViewOrder"];
                };
            };
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "name": "Drops of shop",
                         *       "address": "flows?from=-24h&filter=decision+%3D+DROP",
                         *       "version": "1778581934123456",
                         *       "created_on": "2026-05-12T10:32:14.123Z",
                         *       "created_by": "admin-1f3a9c02",
                         *       "changed_on": "2026-05-12T10:32:14.123Z",
                         *       "changed_by": "admin-1f3a9c02"
                         *     }
                         */
                        "application/json": components["schemas"]["SavedView"];
                    };
                };
            };
        };
        post?: never;
        /**
         * Deletes a view, and answers what it was
         * @description With If-Match: "version" that version only. Needs a token with the role admin.
         */
        delete: {
            parameters: {
                query: {
                    /**
                     * @description The view's name.
                     * @example Drops of shop
                     */
                    name: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "name": "Drops of shop",
                         *       "address": "flows?from=-24h&filter=decision+%3D+DROP",
                         *       "version": "1778581934123456",
                         *       "created_on": "2026-05-12T10:32:14.123Z",
                         *       "created_by": "admin-1f3a9c02",
                         *       "changed_on": "2026-05-12T10:32:14.123Z",
                         *       "changed_by": "admin-1f3a9c02"
                         *     }
                         */
                        "application/json": components["schemas"]["SavedView"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/whoami": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who a token is, and what it may do
         * @description Needs a token with the role read.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "name": "read-1f3a9c02",
                         *       "roles": [
                         *         "read"
                         *       ]
                         *     }
                         */
                        "application/json": components["schemas"]["WhoAmI"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/audit/verdicts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What audit policies make of new flows, newest first
         * @description Stored for Retention:VerdictDays where Verdicts:EvaluatorUrl names an evaluator. A verdict shows within a second or two of its flow. Needs a token with the role read.
         */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description The policy's name; empty is any.
                     * @example default-deny
                     */
                    policy?: string;
                    /**
                     * @description The policy's namespace; empty for policies of the whole cluster.
                     * @example shop
                     */
                    namespace?: string;
                    /**
                     * @description What the policy makes of the flow.
                     * @example WouldDeny
                     */
                    verdict?: "WouldDeny" | "Allow";
                    /**
                     * @description The direction that the policy is about.
                     * @example Ingress
                     */
                    direction?: "Ingress" | "Egress";
                    /**
                     * @description The newest so many; what is out of bounds counts as the nearest in them.
                     * @example 10
                     */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AuditVerdicts"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Versions of program, schema and ClickHouse
         * @description Needs a token with the role read.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        /**
                         * @example {
                         *       "version": "0.1.0",
                         *       "chart_version": null,
                         *       "schema_version": 5,
                         *       "clickhouse_version": "26.7.2.1"
                         *     }
                         */
                        "application/json": components["schemas"]["Version"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AddressOwners: {
            address: string;
            /** @description Whether there are more, before the oldest of these. */
            cut: boolean;
            /** @description Newest first. */
            owners: {
                /** Format: date-time */
                from: string;
                /**
                 * Format: date-time
                 * @description Not part of it; null while it is so.
                 */
                to: null | string;
                /** @enum {string} */
                type: "POD" | "SERVICE" | "NODE";
                /** @description Empty for a node. */
                namespace: string;
                name: string;
                /** @description Where it ran; empty where that is not known. */
                node: string;
                workload_kind: string;
                workload: string;
            }[];
        };
        AuditEvents: {
            id: string;
            /** Format: date-time */
            timestamp: string;
            activity: string;
            activity_code: string;
            initiator_id: string;
            initiator_name: string;
            initiator_email: string;
            target_id: string;
            meta: {
                [key: string]: string;
            };
        }[];
        AuditVerdicts: {
            /** @description Grows from verdict to verdict. */
            id: number;
            policy_uid: string;
            /** @description Null for policies of the whole cluster. */
            policy_namespace: null | string;
            policy_name: string;
            /** @enum {string} */
            direction: "Ingress" | "Egress";
            src_namespace: null | string;
            src_pod: null | string;
            dst_namespace: null | string;
            dst_pod: null | string;
            dst_port: null | number;
            protocol: null | string;
            /** @description Null for Allow. */
            reason: null | string;
            /** @description When the flow was seen; UTC, without a zone. */
            observed_at: string;
            /** @enum {string} */
            verdict: "Allow" | "WouldDeny";
        }[];
        Backup: {
            name: string;
            destination: string;
            /** @description The backup that it cannot be restored without. */
            base: null | string;
            /** Format: date-time */
            taken_at: string;
            schema_version: number;
            flows: number;
            rows: number;
            /** @description Without its base. */
            bytes: number;
        };
        BackupJob: {
            id: number;
            /** @enum {unknown} */
            state: "running" | "done" | "failed";
            destination: string;
            /** Format: date-time */
            started_at: string;
            progress: {
                phase: string;
                files: number;
                files_total: number;
                bytes: number;
                bytes_total: number;
            };
            backup: components["schemas"]["Backup"] | null;
            error: null | string;
        };
        BackupOrder: {
            /** @description A directory, File('...'), Disk('name', 'path') or S3('url', 'key', 'secret'); left out: the directory that ClickHouse's backups.allowed_path names. */
            to?: string;
            /**
             * @description Whether it is to stand alone.
             * @default false
             */
            full: boolean;
        };
        Backups: {
            /** @description The one that runs, or the last one since the server started. */
            current: components["schemas"]["BackupJob"] | null;
            backups: components["schemas"]["Backup"][];
        };
        Clock: {
            /**
             * Format: date-time
             * @description The machine's clock.
             */
            machine_time: string;
            /**
             * Format: date-time
             * @description What arrivals are written down with, and days are counted from.
             */
            believed_time: string;
            /** @description The machine's clock less the time believed. */
            difference_seconds: number;
            /** @description Whether nothing expires. */
            held: boolean;
            reason: null | string;
            /** Format: date-time */
            held_since: null | string;
            /**
             * Format: date
             * @description The oldest arrival day that shows.
             */
            oldest_day: string;
            /** @description This server's id, for as long as its data directory lives. */
            server: string;
            /** @description Servers of the same store whose clocks are not believed: what they wrote down since then is kept. */
            other_holds: {
                server: string;
                /** Format: date-time */
                since: string;
            }[];
        };
        /** @description Flows that differ in an ephemeral port only. */
        CollapsedFlow: {
            /** @description The pod that reported. */
            pod_name?: null | string;
            /** @description Its namespace. */
            pod_namespace?: null | string;
            /** @description Its address. */
            pod_ip?: null | string;
            /** @description Its port. The word ephemeral for all that systems choose by themselves. */
            pod_port?: null | string;
            /** @description The IP protocol, by name or number. */
            ip_protocol?: null | string;
            /** @description INGRESS or EGRESS, seen from the pod. */
            traffic_type?: null | string;
            /** @description The other side's address. */
            traffic_in_out_ip?: null | string;
            /** @description The other side's port. The word ephemeral for all that systems choose by themselves. */
            traffic_in_out_port?: null | string;
            /** @description ALLOW, DROP, or what else the agent says. */
            decision?: null | string;
            flows: number;
            /** Format: date-time */
            first_seen: string;
            /** Format: date-time */
            newest_first_seen: string;
        };
        /** @description Whether there is more than this. */
        Cut: boolean;
        DoctorReport: {
            /**
             * @description The worst of the findings.
             * @enum {unknown}
             */
            status: "ok" | "warning" | "error";
            findings: {
                check: string;
                /** @enum {unknown} */
                severity: "ok" | "warning" | "error";
                what: string;
                todo: null | string;
                evidence: Record<string, never>;
            }[];
        };
        Done: {
            result: {
                message: string;
            };
        };
        EdgeChanges: {
            data: {
                /** @enum {unknown} */
                change: "new" | "gone" | "changed";
                client: components["schemas"]["EdgeOwner"];
                server: components["schemas"]["EdgeOwner"];
                protocol: string;
                server_port: null | number;
                before: components["schemas"]["EdgeSide"];
                after: components["schemas"]["EdgeSide"];
            }[];
            changes: number;
            /** @description Flows of edges that were too many to be compared. */
            flows_left_out: number;
            /** @description There when there are more. */
            next_offset?: number;
            before: components["schemas"]["EdgeWindow"];
            window: components["schemas"]["EdgeWindow"];
            cut: boolean;
        };
        /** @description A workload, Pod, Node, Service, or External: an address. */
        EdgeOwner: {
            kind: string;
            namespace: string;
            name: string;
        };
        EdgeSide: null | {
            decisions: string[];
            flows: number;
            observations: number;
            /** Format: date-time */
            first_seen: string;
            /** Format: date-time */
            last_seen: string;
        };
        EdgeWindow: {
            /** Format: date-time */
            from: string;
            /** Format: date-time */
            to: string;
        };
        FlowCount: {
            flows: number;
            exact: boolean;
            /** @description How far off flows can be. */
            error: number;
            at_least: number;
            at_most: number;
            window: components["schemas"]["Window"];
            cut: components["schemas"]["Cut"];
        };
        FlowFields: {
            fields: {
                name: string;
                /** @description Other names that are taken. */
                aliases: string[];
                /** @description As they are written. */
                operators: string[];
                /** @description Its values, in words. */
                values: string;
                /** @description All of its values, where they are few. */
                words: string[];
                /** @description Whether by= of /api/v1/flows/top takes it, and so has the values that there are. */
                counted: boolean;
            }[];
            /** @description A label's key is behind them. */
            prefixes: string[];
            keywords: string[];
        };
        FlowPage: {
            data: (components["schemas"]["FlowRow"] | components["schemas"]["CollapsedFlow"])[];
            /** @description The cursor of the next page; null on the last. */
            next: null | string;
            /**
             * @description There when rows are collapsed.
             * @constant
             */
            collapse?: "ports";
            window: components["schemas"]["Window"];
            cut: components["schemas"]["Cut"];
        };
        /** @description A flow, by the first event that reported it. Its identity: pod_ip, pod_port, traffic_type, traffic_in_out_ip, traffic_in_out_port, ip_protocol, decision. */
        FlowRow: {
            /**
             * Format: uuid
             * @description The agent's id of the event that was new.
             */
            uuid?: string;
            /** @description The pod that reported. */
            pod_name?: null | string;
            /** @description Its namespace. */
            pod_namespace?: null | string;
            /** @description Its address. */
            pod_ip?: null | string;
            /** @description Its port. */
            pod_port?: null | string;
            /** @description The IP protocol, by name or number. */
            ip_protocol?: null | string;
            /** @description INGRESS or EGRESS, seen from the pod. */
            traffic_type?: null | string;
            /** @description The other side's address. */
            traffic_in_out_ip?: null | string;
            /** @description The other side's port. */
            traffic_in_out_port?: null | string;
            /** @description ALLOW, DROP, or what else the agent says. */
            decision?: null | string;
            /**
             * Format: date-time
             * @description When it was first seen, by the agent's clock, UTC. UTC, to the microsecond.
             */
            time_stamp?: string;
            /** @description The workload of the pod that reported, as of the flow's time: of a ReplicaSet's pods the Deployment. */
            workload?: null | string;
            /** @description Its kind: Deployment, StatefulSet, DaemonSet, CronJob, Job, Pod, StaticPod, ... */
            workload_kind?: null | string;
            /** @description The node that the pod was on. */
            node?: null | string;
            /** @description The service whose address the reporting side has. */
            service?: null | string;
            /** @description The pod's labels, as JSON. */
            labels?: null | string;
            /** @description What the other side was: POD, SERVICE, NODE; null where it is not known. */
            peer_type?: null | string;
            /** @description The other side's namespace. */
            peer_namespace?: null | string;
            /** @description The pod that had the other side's address. */
            peer_pod?: null | string;
            /** @description That pod's workload. */
            peer_workload?: null | string;
            /** @description Its kind. */
            peer_workload_kind?: null | string;
            /** @description The node that the other side was on, or was. */
            peer_node?: null | string;
            /** @description The service that had the other side's address. */
            peer_service?: null | string;
            /** @description The labels of the pod that had the other side's address, as JSON. */
            peer_labels?: null | string;
        };
        FlowSeries: {
            data: {
                /** Format: date-time */
                time: string;
                flows?: number;
                /** @description Instead of flows when the metric is active. */
                observations?: number;
            }[];
            /** @enum {unknown} */
            metric: "new" | "active";
            /**
             * @description Which time the series is over.
             * @enum {unknown}
             */
            time: "first_seen" | "observed";
            step_seconds: number;
            window: components["schemas"]["Window"];
            cut: components["schemas"]["Cut"];
        };
        FlowTop: {
            data: ({
                flows: number;
                observations?: number;
            } & {
                [key: string]: null | string;
            })[];
            /** @description What is not in data. */
            other: {
                groups: number;
                flows: number;
                observations?: number;
            };
            /** @enum {unknown} */
            metric: "flows" | "observations";
            window: components["schemas"]["Window"];
            cut: components["schemas"]["Cut"];
        };
        /** @description Two sets of policies: each a text of YAML, an object, or a list of objects; none is no policies. */
        PolicyChange: {
            before?: null | string | Record<string, never> | unknown[];
            after?: null | string | Record<string, never> | unknown[];
        };
        /** @description NetworkPolicy (networking.k8s.io/v1) and Namespace documents, alone, in a List, or several in YAML. */
        PolicyDocument: {
            apiVersion: string;
            kind: string;
        };
        PolicyProposal: {
            policies: components["schemas"]["PolicyDocument"][];
            evidence: {
                policy: string;
                field: string;
                seen: string;
                block: null | string;
                /** @description How many addresses a block was made of. */
                addresses: number;
                flows: number;
                first_seen: null | string;
                last_seen: null | string;
            }[];
            warnings: {
                policy: string;
                warning: string;
            }[];
            notes: string[];
            window: components["schemas"]["EdgeWindow"];
        };
        PolicyReplay: {
            edges: {
                client: components["schemas"]["EdgeOwner"];
                server: components["schemas"]["EdgeOwner"];
                protocol: string;
                server_port: null | number;
                /** @description What really became of it. */
                decision: string;
                /**
                 * @description The earlier policies' verdict, of comparisons.
                 * @enum {unknown}
                 */
                before?: "allowed" | "blocked" | "unknown";
                /** @enum {unknown} */
                verdict: "allowed" | "blocked" | "unknown";
                blocked_by?: {
                    /** @enum {unknown} */
                    direction: "ingress" | "egress";
                    policies: string[];
                }[];
                flows: number;
                /** @description The largest of what one end reported in one direction. */
                observations: number;
                /** Format: date-time */
                first_seen: string;
                /**
                 * Format: date-time
                 * @description When the last of its flows was first seen.
                 */
                last_seen: string;
            }[];
            unused_rules: {
                policy: string;
                field: string;
                /** @description Something may have used it: what is known of it does not tell. */
                perhaps_used: boolean;
            }[];
            warnings: {
                field: string;
                line: number;
                problem: string;
            }[];
            /** @description Flows by verdict, of all edges: those that were let through, and those that were really dropped. */
            totals: {
                flows: number;
                edges: number;
                let_through: components["schemas"]["VerdictFlows"];
                dropped: components["schemas"]["VerdictFlows"];
                newly_blocked?: number;
                newly_allowed?: number;
                flows_not_shown: number;
                cut: boolean;
                note?: string;
            };
            window: components["schemas"]["EdgeWindow"];
        };
        Retention: {
            days: number;
        };
        RetentionChange: components["schemas"]["Done"] | components["schemas"]["RetentionResult"];
        /** @description What would go. */
        RetentionPreview: {
            days: number;
            /** @enum {unknown} */
            dry_run: true;
            /** Format: date */
            oldest_day: string;
            partitions: number;
            rows: number;
            bytes: number;
            expired: {
                table: string;
                /** Format: date */
                day: string;
                rows: number;
                bytes: number;
            }[];
        };
        RetentionResult: {
            result: {
                days: number;
            } | components["schemas"]["RetentionPreview"];
        };
        SavedView: {
            name: string;
            /** @description A page of the console with its parameters; never leads out of it. */
            address: string;
            /** @description For If-Match; another one after each change. */
            version: string;
            /** Format: date-time */
            created_on: string;
            created_by: string;
            /** Format: date-time */
            changed_on: string;
            changed_by: string;
        };
        SavedViews: {
            views: components["schemas"]["SavedView"][];
        };
        /** @description What is not known is not there. */
        SecureEvent: {
            /** @description In the order of time. */
            id: string;
            /** @description Leads to the events around this one. */
            cursor: string;
            /**
             * Format: int64
             * @description Nanoseconds since 1970.
             */
            timestamp: number;
            timestampRFC3339Nano: string;
            /** @constant */
            originator: "policy";
            /** @enum {unknown} */
            category: "runtime" | "simulation";
            /** @constant */
            source: "network";
            name: string;
            description: string;
            /** @description 0 is the gravest. */
            severity: number;
            content: {
                /** @description flow-dropped, edge-new, outside-network-new, policy-would-deny. */
                ruleName: string;
                /** @enum {integer} */
                ruleType: 4;
                ruleTags: string[];
                output: string;
                fields: {
                    [key: string]: string;
                };
            };
            labels: {
                [key: string]: string;
            };
        };
        SecureEventCounts: {
            policyEvents: components["schemas"]["SecureEventSeverities"];
            scanningEvents: components["schemas"]["SecureEventSeverities"];
        };
        SecureEventFilters: string[];
        SecureEventSeries: {
            /** @description By severity: pairs of a step's begin in nanoseconds since 1970 and the events in it. */
            values: {
                [key: string]: number[][];
            };
            /** @description Nanoseconds. */
            step: number;
        };
        SecureEventSeverities: {
            countBySeverity: {
                [key: string]: number;
            };
        };
        SecureEvents: {
            page: {
                /** @description Events of the window, or from the cursor on in its direction, this page included; not there around an event. */
                total?: number;
                /** @description Cursor to older events; not there when there are none. */
                prev?: string;
                /** @description Cursor to newer events; not there when there are none. */
                next?: string;
            };
            data: components["schemas"]["SecureEvent"][];
        };
        Tokens: {
            /** @description Whether nobody is asked who it is. */
            open: boolean;
            /** @description The OIDC issuer whose users are let in as well. */
            issuer: null | string;
            /** @description Files that cannot be used any more; their last tokens stay valid. */
            problems: string[];
            tokens: {
                name: string;
                roles: ("ingest" | "read" | "admin")[];
                /** @description The settings that name it, or its file. */
                settings: string[];
                /**
                 * Format: date-time
                 * @description On this server, since its start.
                 */
                last_used: null | string;
            }[];
        };
        TopologyMap: {
            nodes: {
                id: string;
                kind: string;
                namespace: string;
                name: string;
            }[];
            edges: {
                source: string;
                target: string;
                server_port: null | number;
                protocol: null | string;
                flows: number;
                dropped: number;
                observations?: number;
                connections?: number;
                /** Format: date-time */
                first_seen: string;
                /** Format: date-time */
                newest_first_seen?: string;
                /** Format: date-time */
                last_seen?: string;
                reported_by: ("client" | "server")[];
            }[];
            other: {
                edges: number;
                flows: number;
            };
            window: {
                from: string;
                to: string;
            };
            cut: boolean;
        };
        VerdictFlows: {
            allowed: number;
            blocked: number;
            unknown: number;
        };
        Version: {
            version: string;
            chart_version: null | string;
            schema_version: number;
            clickhouse_version: null | string;
        };
        ViewOrder: {
            /** @description Characters that can be seen, without space around them. */
            name: string;
            /** @description A page of the console and its parameters, escaped as in a link. */
            address: string;
        };
        WhoAmI: {
            /** @description Roles and a short hash of the token, or a user's name; anyone on a server without tokens. */
            name: string;
            roles: ("ingest" | "read" | "admin")[];
        };
        /** @description What from and to meant. */
        Window: {
            /** Format: date-time */
            from: string;
            /** Format: date-time */
            to: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;

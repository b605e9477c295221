/** One record of a zone. Names are absolute; letter case and a closing dot make no difference. */
export type ZoneRecord = { name: string; ttl?: number } & (
  | { type: "A" | "AAAA" | "CNAME" | "NS"; data: string }
  /** The whole text; it is cut into character-strings on the wire. */
  | { type: "TXT"; data: string }
  | { type: "MX"; data: { preference: number; exchange: string } }
  | { type: "CAA"; data: { flags: number; tag: "issue" | "issuewild" | "iodef"; value: string } }
  | {
      type: "SOA";
      data: {
        mname: string;
        rname: string;
        serial: number;
        refresh: number;
        retry: number;
        expire: number;
        minimum: number;
      };
    }
);

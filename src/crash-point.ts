/**
 * Moments at which the death of the process would hurt most (spec reliability §3.3, X-01 to X-48), named in the code so
 * that the crash harness can kill a real process exactly there. Nobody listens in production: passing a point then
 * costs a comparison with null, and nothing outside the program can switch one on.
 */
export type CrashPoint =
  | "X-01" // webhook accepted
  | "X-02" // parsed
  | "X-03" // in the transaction
  | "X-04" // committed, not answered
  | "X-06" // work claimed
  | "X-09" // CA read, not stored
  | "X-10" // stored, generation not closed
  | "X-11" // before the download
  | "X-13" // certificate in the transaction, chain and state not
  | "X-14" // downloaded, not judged
  | "X-15" // judged, not queued
  | "X-16" // owner checked
  | "X-17" // intent to install written
  | "X-19" // in the panel's own queue, nothing of it on record
  | "X-21" // the panel's reply read, not stored
  | "X-22" // on record in the panel, web server not reloaded
  | "X-24" // before the handshakes
  | "X-25" // handshakes done, not stored
  | "X-26" // during the return to the old pair
  | "X-27" // key generated, not written
  | "X-28" // key written, folder not synced
  | "X-29" // CSR built
  | "X-30" // intent to order written
  | "X-33" // the CA's reply read, not stored
  | "X-34" // validation answer published, not stored
  | "X-35" // validation answer withdrawn, not stored
  | "X-36" // in a schema migration
  | "X-37" // schema migrated, nothing read yet
  | "X-39" // old pair backed up, not noted
  | "X-43" // mail sent, not stored
  | "X-46" // message of the bus handled, not acknowledged
  | "X-47" // written to the bus, answer not sent
  | "X-48"; // session renewed at the hub, not noted

type Listener = (point: CrashPoint) => void;

let listener: Listener | null = null;

/** Says that a point is passed. */
export function crashPoint(point: CrashPoint): void {
  if (listener !== null) listener(point);
}

/** Called with every point that is passed from now on; for the crash harness alone. */
export function onCrashPoint(listen: Listener | null): void {
  listener = listen;
}

/**
 * Moments at which the death of the process would hurt most (spec reliability §3.3, X-01 to X-48; M-: of an account that moves
 * to another server, docs/decisions/0011), named in the code so
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
  | "X-41" // part of a new CA account written down; all of it, not used yet
  | "X-42" // changed settings read, old ones in use; role ended, not begun anew
  | "X-43" // mail sent, not stored
  | "X-46" // message of the bus handled, not acknowledged
  | "X-47" // written to the bus, answer not sent
  | "X-48" // session renewed at the hub, not noted
  | "M-01" // hand-over written, its key not made
  | "M-02" // orders closed, not offered
  | "M-03" // offered at the hub, not noted
  | "M-04" // noted, file not handed out
  | "M-05" // keys that arrived are kept, their orders not written
  | "M-06" // all that arrived is written, the file's key not destroyed
  | "M-07" // file's key destroyed, orders not taken at the hub
  | "M-08" // taken at the hub, not noted
  | "M-09" // key of an order that is elsewhere now destroyed, not noted
  | "M-10" // withdrawn at the hub, not noted
  | "M-11"; // taken, written down at the hub, owners not changed

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

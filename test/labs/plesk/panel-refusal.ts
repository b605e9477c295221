/** The panel refuses; each door says it in its own way: the utilities on standard error, XML as `errcode` and `errtext`. */
export class PanelRefusal extends Error {
  /** Code of the XML API (spec plesk §3.5). */
  readonly code: number;
  /** Exit code of a utility. */
  readonly exit: number;

  constructor(code: number, text: string, exit = 1) {
    super(text);
    this.code = code;
    this.exit = exit;
  }
}

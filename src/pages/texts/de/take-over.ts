import type { Texts } from "../en/index.ts";

/** German: taking certificates over. */
export const takeOver: Texts["takeOver"] = {
  title: "Zertifikat übernehmen",
  intro:
    "Zertifikate für Ihre Websites, die anderswo bestellt wurden, werden von da an hier verfolgt, installiert und ersetzt. Bestellt wird nichts.",
  number: "Zertifikatsnummer",
  serial: "Seriennummer",
  inUse: "In Gebrauch auf",
  notInUse: "keiner Website dieses Kontos",
  keyFound: "Der Schlüssel wurde gefunden.",
  keyNotFound:
    "Der Schlüssel wurde hier nicht gefunden. Geben Sie ihn unten ein, oder übernehmen Sie ohne ihn: Dann kann innerhalb der bezahlten Laufzeit ein neues geholt werden.",
  take: "Übernehmen",
  byHand: "Nach Nummer",
  none: "Für Ihre Websites wurde keines gefunden. Mit Nummer und Schlüssel kann ein Zertifikat trotzdem übernommen werden.",
  keyHelp:
    "Wird der Schlüssel nicht von selbst gefunden, geben Sie ihn hier ein; oder übernehmen Sie ohne ihn und holen Sie danach ein neues Zertifikat.",
  key: "Privater Schlüssel (PEM)",
  keyFieldHelp: "Leer: Er wird im Control Panel gesucht. Er wird versiegelt aufbewahrt und nie gezeigt.",
  taken: "Das Zertifikat wurde übernommen.",
};

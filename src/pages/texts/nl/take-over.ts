import type { Texts } from "../en/index.ts";

/** Dutch: taking certificates over. */
export const takeOver: Texts["takeOver"] = {
  title: "Certificaat overnemen",
  intro:
    "Certificaten voor uw websites die elders zijn besteld, worden vanaf dan hier gevolgd, geïnstalleerd en vervangen. Er wordt niets besteld.",
  number: "Certificaatnummer",
  serial: "Serienummer",
  inUse: "In gebruik op",
  notInUse: "geen website van dit account",
  keyFound: "De sleutel is gevonden.",
  keyNotFound:
    "De sleutel is hier niet gevonden. Geef hem hieronder, of neem het certificaat zonder over: dan kan binnen de betaalde looptijd een nieuw worden gehaald.",
  take: "Overnemen",
  byHand: "Op nummer",
  none: "Voor uw websites is er geen gevonden. Met nummer en sleutel kan een certificaat toch worden overgenomen.",
  keyHelp:
    "Wordt de sleutel niet vanzelf gevonden, geef hem dan hier; of neem het certificaat zonder over en haal daarna een nieuw.",
  key: "Privésleutel (PEM)",
  keyFieldHelp: "Leeg: er wordt in het controlepaneel gezocht. Hij wordt verzegeld bewaard en nooit getoond.",
  taken: "Het certificaat is overgenomen.",
};

import type { list as English } from "../en/list.ts";

export const list: typeof English = {
  search: "Suchen",
  searchLabel: "Name, Konto oder Nummer",
  show: "Anzeigen",
  groups: {
    all: "Alle",
    attention: "Braucht Aufmerksamkeit",
    busy: "In Arbeit",
    secured: "Gesichert",
    ended: "Beendet",
  },
  results: (count) => (count === 1 ? "1 Antrag" : `${count} Anträge`),
  resultsCut: (count) =>
    `Die neuesten ${count} von mehr Anträgen; geben Sie mehr vom Namen ein, um andere zu finden`,
  emptyAll:
    "Es gibt noch keine Zertifikate. Bitten Sie Ihren Hosting-Anbieter, eines zu bestellen, oder bestellen Sie eines über die Befehlszeile.",
  emptySearch: "Nichts gefunden. Suchen Sie nach einem Teil des Namens, des Kontos oder der Nummer.",
  emptyGroup: "In dieser Gruppe ist nichts.",
};

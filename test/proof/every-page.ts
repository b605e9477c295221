/** A page's address: its path, and what stands in the query. */
export type Address = readonly [path: string, query: Readonly<Record<string, string>>];

/** Every page there is, about each of these requests, with and without a text of others in the address. */
export function everyPage(references: readonly string[], text: (place: string) => string): Address[] {
  return [
    ["/", {}],
    ["/", { search: text("query.search"), group: text("query.group") }],
    ["/requests", {}],
    ["/requests", { search: text("query.search"), state: text("query.state"), page: text("query.page") }],
    ...references.flatMap((id): Address[] => [
      ["/request", { id }],
      ["/manage", { id }],
      ["/validation", { id }],
      ["/answers", { id }],
      ["/order", { draft: id }],
    ]),
    ["/order", { names: text("query.names") }],
    ["/order", { names: "example.test", product: text("query.product") }],
    ["/take-over", {}],
    ["/bulk", {}],
    ["/admin", {}],
    ["/settings", {}],
    ["/self-test", {}],
    [`/${text("path")}`, {}],
  ];
}

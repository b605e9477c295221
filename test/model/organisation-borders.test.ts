import { isNeeded, organisationProblems, readOrganisation } from "../../src/model/organisation.ts";

/* What decides at the border between two answers. */

describe("organisations", () => {
  const form = (changes: Record<string, string>) => new Map(Object.entries(changes));

  test("what is needed depends on the product and the country", () => {
    expect(isNeeded("company", "OV", {})).toBe(true);
    expect(isNeeded("company", "DV", {})).toBe(false);
    expect(isNeeded("kvk", "OV", { country: "NL" })).toBe(true);
    expect(isNeeded("kvk", "OV", { country: "BE" })).toBe(false);
    expect(isNeeded("department", "EV", { country: "NL" })).toBe(false);
    expect(isNeeded("company", "OV", { country: "NL" })).toBe(true);
  });

  test("the fields that are needed, each by its name", () => {
    expect(organisationProblems({}, "EV").map(({ field }) => field)).toEqual([
      "company",
      "address",
      "zipcode",
      "city",
      "country",
      "approverRepresentativeFirstName",
      "approverRepresentativeLastName",
      "approverRepresentativeEmail",
      "approverRepresentativePhone",
    ]);
  });

  test("all fields of a form are taken, and only the country in capitals", () => {
    const all = {
      company: "a",
      department: "b",
      address: "c",
      zipcode: "d",
      city: "e",
      province: "f",
      country: "nl",
      kvk: "g",
      approverRepresentativeFirstName: "h",
      approverRepresentativeLastName: "i",
      approverRepresentativeEmail: "j",
      approverRepresentativePhone: "k",
      approverRepresentativePosition: "l",
    };
    expect(readOrganisation(form(all))).toEqual({ ...all, country: "NL" });
    expect(readOrganisation(form({ company: " \u0000\t " }))).toEqual({});
    expect(readOrganisation(form({ company: "a \u0001 \n b" }))).toEqual({ company: "a b" });
  });

  test.each([
    ["country", "N", "country"],
    ["country", "NLD", "country"],
    ["country", "1A", "country"],
    ["approverRepresentativeEmail", "a@b.c", null],
    ["approverRepresentativeEmail", "a b@c.nl", "email"],
    ["approverRepresentativeEmail", "a@b", "email"],
    ["approverRepresentativeEmail", "a@b.c.", "email"],
    ["approverRepresentativeEmail", "<a@b.nl>", "email"],
    ["approverRepresentativeEmail", "x a@b.nl", "email"],
    ["approverRepresentativeEmail", `${"a".repeat(64)}@b.nl`, null],
    ["approverRepresentativeEmail", `${"a".repeat(65)}@b.nl`, "email"],
    ["approverRepresentativePhone", "+31 (20) 123-4567", null],
    ["approverRepresentativePhone", "+31 2012", null],
    ["approverRepresentativePhone", "+31201", "phone"],
    ["approverRepresentativePhone", "x+31201234567", "phone"],
    ["approverRepresentativePhone", "+31201234567x", "phone"],
    ["approverRepresentativePhone", `+3${"1".repeat(20)}`, null],
    ["approverRepresentativePhone", `+3${"1".repeat(21)}`, "phone"],
    ["city", "x".repeat(200), null],
    ["city", "x".repeat(201), "too-long"],
  ] as const)("%s %j: %j", (field, value, kind) => {
    const found = organisationProblems({ [field]: value }, "DV");
    expect(found).toEqual(kind === null ? [] : [{ field, kind }]);
  });

  test("the number of the chamber of commerce is looked at in the Netherlands only", () => {
    expect(organisationProblems({ country: "NL", kvk: "123456789" }, "DV")).toEqual([
      { field: "kvk", kind: "kvk" },
    ]);
    expect(organisationProblems({ country: "NL", kvk: "x12345678" }, "DV")).toHaveLength(1);
    expect(organisationProblems({ country: "BE", kvk: "x" }, "DV")).toEqual([]);
  });
});

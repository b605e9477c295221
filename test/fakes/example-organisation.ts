/** Everything that an OV order asks for. */
export const exampleOrganisation = {
  company: "Example B.V.",
  address: "Voorbeeldstraat 1",
  zipcode: "1234 AB",
  city: "Utrecht",
  country: "NL",
  kvk: "12345678",
  approverRepresentativeFirstName: "Anna",
  approverRepresentativeLastName: "Jansen",
  approverRepresentativeEmail: "anna@example.test",
  approverRepresentativePhone: "+31201234567",
  approverRepresentativePosition: "CTO",
};

/** Applies changes in place, so that everything holding the switches sees them; an unknown name is refused. */
export function changeSwitches<Switches extends object>(
  switches: Switches,
  changes: Partial<Switches>,
): void {
  for (const name of Object.keys(changes)) {
    if (!(name in switches)) throw new Error(`There is no switch named ${name}.`);
  }
  Object.assign(switches, changes);
}

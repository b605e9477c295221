/** One figure beside what is aimed at. */
export interface Figure {
  readonly what: string;
  readonly value: string;
  /** Absent: for orientation only. */
  readonly aim?: string;
  readonly reached?: boolean;
}

/** A figure with an upper bound. */
export function atMost(what: string, value: number, bound: number, unit: string): Figure {
  return {
    what,
    value: `${short(value)}${unit}`,
    aim: `at most ${bound}${unit}`,
    reached: value <= bound,
  };
}

/** A figure with a lower bound. */
export function atLeast(what: string, value: number, bound: number, unit: string): Figure {
  return {
    what,
    value: `${short(value)}${unit}`,
    aim: `at least ${bound}${unit}`,
    reached: value >= bound,
  };
}

export function plain(what: string, value: number, unit: string): Figure {
  return { what, value: `${short(value)}${unit}` };
}

export function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

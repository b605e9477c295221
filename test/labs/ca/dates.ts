import type { Switches } from "./switches.ts";

/** The vendor's clock on the wall (spec xolphin-api §12.2). */
const zone = "Europe/Amsterdam";

const localParts = new Intl.DateTimeFormat("en-GB", {
  timeZone: zone,
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
  timeZoneName: "longOffset",
});

interface LocalTime {
  /** `YYYY-MM-DD` */
  date: string;
  /** `HH:mm:ss` */
  time: string;
  /** `+01:00` */
  offset: string;
}

export function localTime(instant: Date): LocalTime {
  const part = new Map(localParts.formatToParts(instant).map(({ type, value }) => [type, value]));
  const get = (type: Intl.DateTimeFormatPartTypes): string => part.get(type) ?? "";
  return {
    date: `${get("year")}-${get("month")}-${get("day")}`,
    time: `${get("hour")}:${get("minute")}:${get("second")}`,
    offset: get("timeZoneName").replace("GMT", ""),
  };
}

/** A date-time in the form the switches ask for (spec §14 U16). */
export function writtenDate(instant: Date, form: Switches["dates"]): string {
  const local = localTime(instant);
  switch (form) {
    case "colon":
      return `${local.date}T${local.time}${local.offset}`;
    case "no-colon":
      return `${local.date}T${local.time}${local.offset.replace(":", "")}`;
    case "fraction":
      return `${local.date}T${local.time}.000000${local.offset}`;
    case "local":
      return `${local.date}T${local.time}`;
    case "date-only":
      return local.date;
    case "zulu":
      return instant.toISOString().replace(/\.\d+Z$/, "Z");
  }
}

/** Certificate dates are midnight local time (spec §4.2). */
export function localMidnight(instant: Date): Date {
  const { date } = localTime(instant);
  for (const offset of ["+01:00", "+02:00"]) {
    const midnight = new Date(`${date}T00:00:00${offset}`);
    if (localTime(midnight).offset === offset) return midnight;
  }
  throw new Error(`${zone} has no midnight on ${date}.`);
}

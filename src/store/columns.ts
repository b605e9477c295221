import type { Row } from "./database.ts";

export function time(value: Date | null): number | null {
  return value === null ? null : value.getTime();
}

export function date(value: Row[string] | undefined): Date | null {
  return typeof value === "number" ? new Date(value) : null;
}

export function text(value: Row[string] | undefined): string | null {
  return typeof value === "string" ? value : null;
}

export function number(value: Row[string] | undefined): number | null {
  return typeof value === "number" ? value : null;
}

export function json(value: Row[string] | undefined): unknown {
  return typeof value === "string" ? JSON.parse(value) : null;
}

const DAY = 86_400_000;

// Made once: making one anew for every row cost more than the row's text.
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const DAY_OF_YEAR = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const DAY_AND_YEAR = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });

/** The time of day as the person's system writes it: `14:05`. */
export const clockTime = (at: string): string => CLOCK.format(new Date(at));

/** The day, with the year where it is another one: `8 May`. */
export function shortDay(at: string, now = Date.now()): string {
  const date = new Date(at);
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  return (sameYear ? DAY_OF_YEAR : DAY_AND_YEAR).format(date);
}

/** The full instant, for titles and screen readers. */
export const fullTime = (at: string): string => FULL.format(new Date(at));

export type DateGroup = "today" | "yesterday" | "week" | "month" | "older";

/** Which part of a list by date an instant belongs to, by the person's own days. */
export function dateGroup(at: string, now = Date.now()): DateGroup {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  const time = Date.parse(at);
  if (time >= midnight) return "today";
  // Compared by calendar days, as a day of clock change has 23 or 25 hours.
  const days = Math.round((midnight - new Date(time).setHours(0, 0, 0, 0)) / DAY);
  if (days <= 1) return "yesterday";
  if (days < 7) return "week";
  return days < 31 ? "month" : "older";
}

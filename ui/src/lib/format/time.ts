const DAY = 86_400_000;

/** A way to write dates, made when it is first needed and then kept: making it takes longer than drawing a row. */
function format(options: Intl.DateTimeFormatOptions): (date: Date) => string {
  let made: Intl.DateTimeFormat | undefined;
  return (date) => (made ??= new Intl.DateTimeFormat(undefined, options)).format(date);
}

const clock = format({ hour: "2-digit", minute: "2-digit" });
const full = format({ dateStyle: "full", timeStyle: "short" });
const dayOfYear = format({ day: "numeric", month: "short" });
const dayAndYear = format({ day: "numeric", month: "short", year: "numeric" });

/** The time of day as the person's system writes it: `14:05`. */
export const clockTime = (at: string): string => clock(new Date(at));

/** The day, with the year where it is another one: `8 May`. */
export function shortDay(at: string, now = Date.now()): string {
  const date = new Date(at);
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  return (sameYear ? dayOfYear : dayAndYear)(date);
}

/** The full instant, for titles and screen readers. */
export const fullTime = (at: string): string => full(new Date(at));

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

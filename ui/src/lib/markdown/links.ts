/** Where a link really goes. */
export interface LinkTarget {
  kind: "web" | "email";
  /** As it is handed on: normalised, the host in its ASCII form. */
  url: string;
  /** The host in its ASCII form, or the email address. */
  host: string;
  /** Whether the host is written in letters that can look like others. */
  unusual: boolean;
}

/** Characters that are not seen or turn the direction: they can make an address look like another one. */
const DECEPTIVE = /[\u0000-\u0020\u007f-\u00a0\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]/gu;

/** The target of a link in model text; null for anything but full http, https and mailto addresses. */
export function linkTarget(href: string): LinkTarget | null {
  const parsed = parse(href.replace(DECEPTIVE, ""));
  if (parsed === null) return null;
  if (parsed.protocol === "mailto:") {
    return { kind: "email", url: parsed.href, host: safeDecode(parsed.pathname), unusual: /[^\x21-\x7e]/.test(parsed.pathname) };
  }
  if ((parsed.protocol !== "https:" && parsed.protocol !== "http:") || parsed.hostname === "") return null;
  return { kind: "web", url: parsed.href, host: parsed.host, unusual: /(^|\.)xn--/.test(parsed.hostname) };
}

function parse(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

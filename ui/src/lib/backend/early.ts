/** What `index.html` asks before anything else of the page is read. */
type Early = "profile_state" | "settings_get" | "session_list";

declare global {
  interface Window {
    asked?: Partial<Record<Early, Promise<unknown>>>;
  }
}

/** The answer that is on its way already, once; after that, and where there is none, `ask` is another question. */
export function early<T>(name: Early, ask: () => Promise<T>): Promise<T> {
  const answer = window.asked?.[name] as Promise<T> | undefined;
  if (answer === undefined) return ask();
  delete window.asked?.[name];
  return answer;
}

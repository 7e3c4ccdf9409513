/** The whole window on a mock of its own, with a clock that the test moves. */
import { render } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { tick } from "svelte";

import App from "../App.svelte";
import { ManualClock, type MockBackend, type MockOptions, createMock, settle } from "../lib/backend/mock";

export interface Opened {
  backend: MockBackend;
  clock: ManualClock;
  user: ReturnType<typeof userEvent.setup>;
  view: ReturnType<typeof show>;
  /** Chooses from an opened menu. */
  choose(item: string): Promise<void>;
  /** Lets everything that is due happen and be drawn. */
  drawn(): Promise<void>;
}

const show = (backend: MockBackend) => render(App, { backend });

/** Opens the window as at the start of the app. */
export async function openWindow(options: MockOptions = {}): Promise<Opened> {
  const clock = new ManualClock(Date.now());
  const backend = createMock({ clock, ...options });
  const view = show(backend);
  const drawn = async () => {
    for (let i = 0; i < 3; i += 1) {
      await settle();
      await tick();
    }
  };
  await drawn();
  const user = userEvent.setup({ pointerEventsCheck: 0 });
  const choose = async (name: string) => {
    // Without layout a menu never finds its place and stays hidden; its items are there all the same.
    const item = await view.findByText(name, { selector: "[role=menuitem]" });
    await user.click(item);
    await drawn();
  };
  return { backend, clock, user, view, choose, drawn };
}

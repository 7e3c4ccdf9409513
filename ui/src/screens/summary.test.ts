import { within } from "@testing-library/svelte";
import { expect, test } from "vitest";

import { words } from "../lib/words";
import { type Opened, openWindow } from "../test/window";

const w = words.context;

/** The context panel, opened where it is a drawer. */
async function panelOf({ user, view, drawn }: Opened) {
  const show = view.queryByLabelText(w.show);
  if (show !== null) await user.click(show);
  await drawn();
  return within(view.getByLabelText(w.panel, { selector: "aside" }));
}

test("the summary is edited by hand, and what it replaced is among the earlier ones", async () => {
  const window = await openWindow();
  const { user, drawn } = window;
  const panel = await panelOf(window);
  const extract = panel.getByText(new RegExp(`^${w.summaryBy.extract}`)).previousElementSibling?.textContent ?? "";
  await user.click(panel.getByRole("button", { name: w.summaryEdit }));
  const field = panel.getByLabelText(w.summaryText);
  await user.clear(field);
  expect(panel.getByRole("button", { name: words.common.save })).toHaveProperty("disabled", true);
  await user.type(field, "We keep the logs.");
  await user.click(panel.getByRole("button", { name: words.common.save }));
  await drawn();
  panel.getByText("We keep the logs.");
  panel.getByText(new RegExp(`^${w.summaryBy.person}`));
  await user.click(panel.getByText(w.summaryOlder));
  await drawn();
  expect(panel.getByText(w.summaryOlder).closest("details")?.textContent).toContain(extract.split("\n")[0]);
});

test("writing with the model needs one, and tells its name and its tokens", async () => {
  const window = await openWindow();
  const { user, backend, clock, drawn } = window;
  const panel = await panelOf(window);
  await user.click(panel.getByRole("button", { name: w.summaryWrite }));
  await drawn();
  expect(panel.getByRole("alert").textContent).toBe(w.summaryNoModel);
  const entry = { name: "local", base_url: "http://127.0.0.1:1/v1", model: null, confirmed_http_host: null, api_key_header: false, parameters: { temperature: null, max_tokens: null } };
  await backend.providerAdd({ entry, api_key: null });
  await backend.providerPrefer({ name: "local" });
  await user.click(panel.getByRole("button", { name: w.summaryWrite }));
  panel.getByRole("button", { name: w.summaryBusy });
  await clock.run();
  await drawn();
  panel.getByText("You decided what is kept, and for how long.");
  panel.getByText(/^Written by llama3\.2, .*, 960 tokens$/);
  expect(panel.queryByRole("alert")).toBeNull();
});

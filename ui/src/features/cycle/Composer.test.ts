import { fireEvent, render } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";

import Composer from "./Composer.svelte";

function shown(over: Record<string, unknown> = {}) {
  const onsend = vi.fn(async () => true);
  const props = {
    blocked: null, running: false, stopping: false, memory: true, memoryFixed: null, called: false, draft: "",
    onmemory: vi.fn(), onstop: vi.fn(), ontyped: vi.fn(), oncame: vi.fn(), onsend, ...over,
  };
  const view = render(Composer, props);
  const field = view.getByLabelText("Directive") as HTMLTextAreaElement;
  return { ...view, props, onsend, field, user: userEvent.setup() };
}

test("Enter runs the directive and empties the field", async () => {
  const { user, field, onsend } = shown();
  await user.type(field, "Plan the release{Enter}");
  expect(onsend).toHaveBeenCalledExactlyOnceWith("Plan the release");
  expect(field.value).toBe("");
});

test("Shift+Enter breaks the line and runs nothing", async () => {
  const { user, field, onsend } = shown();
  await user.type(field, "one{Shift>}{Enter}{/Shift}two");
  expect(onsend).not.toHaveBeenCalled();
  expect(field.value).toBe("one\ntwo");
});

test.each([
  ["isComposing", { key: "Enter", isComposing: true }],
  ["keyCode 229", { key: "Enter", keyCode: 229 }],
  ["Process", { key: "Process", keyCode: 229 }],
])("Enter never runs while an input method composes: %s", async (_, event) => {
  const { user, field, onsend } = shown();
  await user.type(field, "けんさく");
  await fireEvent.keyDown(field, event);
  expect(onsend).not.toHaveBeenCalled();
  expect(field.value).toBe("けんさく");
});

test("between the start and the end of a composition Enter belongs to it", async () => {
  const { user, field, onsend } = shown();
  await user.type(field, "ㄓ");
  await fireEvent.compositionStart(field);
  await fireEvent.keyDown(field, { key: "Enter" });
  expect(onsend).not.toHaveBeenCalled();
  await fireEvent.compositionEnd(field);
  await fireEvent.keyDown(field, { key: "Enter" });
  expect(onsend).toHaveBeenCalledOnce();
});

test("nothing blank is run", async () => {
  const { user, field, onsend, getByRole } = shown();
  await user.type(field, "   {Enter}");
  expect(onsend).not.toHaveBeenCalled();
  expect((getByRole("button", { name: "Run cycle" }) as HTMLButtonElement).disabled).toBe(true);
});

test("while a cycle runs there is Stop in place of Run, and what is typed stays", async () => {
  const { user, field, props, getByRole, queryByRole } = shown({ running: true });
  await user.type(field, "next{Enter}");
  expect(props.onsend).not.toHaveBeenCalled();
  expect(field.value).toBe("next");
  expect(queryByRole("button", { name: "Run cycle" })).toBeNull();
  await user.click(getByRole("button", { name: "Stop" }));
  expect(props.onstop).toHaveBeenCalledOnce();
});

test("a directive that was not taken comes back into the field", async () => {
  const { user, field } = shown({ onsend: async () => false });
  await user.type(field, "Plan{Enter}");
  await Promise.resolve();
  expect(field.value).toBe("Plan");
});

test("a directive larger than is stored is not sent", async () => {
  const { field, onsend, getByText } = shown();
  await fireEvent.input(field, { target: { value: "検".repeat(400_000) } });
  await fireEvent.keyDown(field, { key: "Enter" });
  expect(onsend).not.toHaveBeenCalled();
  getByText(/larger than 1 MiB/);
});

test("memory is switched for the next cycle by a button that says its state", async () => {
  const { user, props, getByRole } = shown();
  const button = getByRole("button", { name: "Memory on" });
  expect(button.getAttribute("aria-pressed")).toBe("true");
  await user.click(button);
  expect(props.onmemory).toHaveBeenCalledWith(false);
});

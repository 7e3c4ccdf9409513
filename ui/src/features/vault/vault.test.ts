import { render } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";

import { MOCK_RECOVERY_KEY } from "../../lib/backend/mock";
import RecoveryStep from "./RecoveryStep.svelte";
import { groupsOf, pickTwo, sameGroup } from "./recoveryKey";

test("two different groups are asked for, every one in its turn", () => {
  const seen = new Set<number>();
  for (let i = 0; i < 500; i += 1) {
    const [a, b] = pickTwo(9);
    expect(a < b && a >= 0 && b < 9, "in order and different").toBe(true);
    seen.add(a).add(b);
  }
  expect(seen.size).toBe(9);
});

test("a group is the same in any case and with the letters people confuse", () => {
  expect(sameGroup(" 7k2m ", "7K2M")).toBe(true);
  expect(sameGroup("T-lZS", "T1ZS")).toBe(true);
  expect(sameGroup("oooo", "0000")).toBe(true);
  expect(sameGroup("7K2N", "7K2M")).toBe(false);
});

test("the way on opens only after both groups were typed right", async () => {
  const user = userEvent.setup();
  const onconfirmed = vi.fn();
  const view = render(RecoveryStep, { recoveryKey: MOCK_RECOVERY_KEY, onsave: async () => true, onconfirmed });
  expect(view.container.querySelectorAll("li")).toHaveLength(9);
  await user.click(view.getByRole("button", { name: "I have it, go on" }));
  expect(view.container.textContent, "the key is out of sight while it is asked for").not.toContain("9HVB");
  const fields = view.getAllByRole("textbox") as HTMLInputElement[];
  const asked = fields.map((f) => Number(f.labels?.[0]?.textContent?.replace(/\D/g, "")) - 1);
  await user.type(fields[0] as HTMLElement, groupsOf(MOCK_RECOVERY_KEY)[asked[0] ?? 0] ?? "");
  await user.type(fields[1] as HTMLElement, "AAAA");
  await user.click(view.getByRole("button", { name: "Continue" }));
  expect(onconfirmed).not.toHaveBeenCalled();
  await user.clear(fields[1] as HTMLElement);
  await user.type(fields[1] as HTMLElement, (groupsOf(MOCK_RECOVERY_KEY)[asked[1] ?? 0] ?? "").toLowerCase());
  await user.click(view.getByRole("button", { name: "Continue" }));
  expect(onconfirmed).toHaveBeenCalledOnce();
});

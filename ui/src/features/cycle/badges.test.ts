import { expect, test } from "vitest";

import type { Turn } from "../../lib/backend/types";
import { words } from "../../lib/words";
import { badgesOf } from "./badges";

const turn = (stateless_reason: string): Turn => ({
  id: "t",
  session_id: "s",
  conversation_id: "c",
  number: 3,
  agent: "codey",
  content: "Done.",
  created_at: "2026-05-08T14:00:00.000Z",
  status: "complete",
  metadata: { step: "execute", round: 0, stateless_reason },
});

test("why a step went without memory is told in words, whether it is known by a code or by words", () => {
  const [badge] = badgesOf(turn("memory_slow"), true, false);
  expect(badge?.title).toBe(`${words.ending.stateless}: ${words.errors.memory_slow.title}`);
  expect(badgesOf(turn("the data file is busy"), true, false)[0]?.title).toContain("the data file is busy");
});

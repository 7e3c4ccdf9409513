import { afterEach, beforeEach, expect, test, vi } from "vitest";

// Every other test does without waiting for frames.
const { drawn } = await vi.importActual<typeof import("./drawn")>("./drawn");

let asked: FrameRequestCallback[] = [];

beforeEach(() => {
  asked = [];
  vi.useFakeTimers();
  vi.stubGlobal("requestAnimationFrame", (callback: FrameRequestCallback) => asked.push(callback));
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** Draws one frame, if one was asked for. */
async function frame(): Promise<void> {
  asked.shift()?.(0);
  await vi.advanceTimersByTimeAsync(16);
}

const watched = () => {
  const done = vi.fn();
  void drawn().then(done);
  return done;
};

test("what was set is on the screen after three frames, however long they take", async () => {
  const done = watched();
  for (const made of [1, 2]) {
    await frame();
    expect(done, `after frame ${made}`).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(100);
  }
  await frame();
  expect(done).toHaveBeenCalledOnce();
});

test("a window that draws no frames is not waited for", async () => {
  const done = watched();
  await vi.advanceTimersByTimeAsync(499);
  expect(done).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(done).toHaveBeenCalledOnce();
});

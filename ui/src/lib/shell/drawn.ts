/** Resolves after the next frame. */
export const nextFrame = (): Promise<void> => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));

/** A window that is not seen draws no frames: nothing waits longer than this for them. In milliseconds. */
const UNSEEN_MS = 500;

/**
 * Resolves once what was just set is on the screen: made in one frame, put in its place in the next, and left alone in one
 * more, which an answer that comes then would hold up for 100 ms.
 */
export const drawn = (): Promise<void> => Promise.race([frames(3), new Promise<void>((done) => setTimeout(done, UNSEEN_MS))]);

const frames = async (count: number): Promise<void> => {
  for (let n = 0; n < count; n += 1) await nextFrame();
};

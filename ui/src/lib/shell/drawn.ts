/** Resolves after the next frame. */
export const nextFrame = (): Promise<void> => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));

/** After a frame was asked for, the time in which it is drawn: no answer that comes in between holds it up. In milliseconds. */
const A_FRAME_MS = 60;

/** Resolves once what was just set is on the screen. */
export const drawn = (): Promise<void> => new Promise((done) => setTimeout(done, A_FRAME_MS));

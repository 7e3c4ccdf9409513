// In which form `npm start` opens CCC.

/** Whether a window can be drawn: outside Linux always, there where a display server is named. */
const hasDisplay = (platform, env) => platform !== "linux" || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);

/**
 * The form for these arguments, and `args` for ccc-cli. Arguments are ccc-cli's and mean the terminal; `--terminal` alone
 * means its conversation. `why` is a sentence for whoever expected the window.
 */
export function formOf(args, platform, env) {
  const [first, ...rest] = args;
  if (first === "--terminal") return { window: false, args: rest };
  if (args.length > 0) return { window: false, args };
  if (hasDisplay(platform, env)) return { window: true, args };
  return { window: false, args, why: "There is no display here, so the cycle runs in this terminal." };
}

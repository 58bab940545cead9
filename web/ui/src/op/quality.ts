// How the browser's own side of the talk sounds, from the counters of its connection: packets lost, jitter, the way there
// and back. Pure: two readings in, a verdict out.

export interface Reading { at: number; received: number; lost: number; jitterMs: number; roundTripMs: number | null; farLoss: number | null }
export interface Quality { lossPercent: number; jitterMs: number; roundTripMs: number | null; bad: boolean; silent: boolean }

/** Above these a listener of G.711 without concealment complains (ITU-T G.107 gives R < 70 near 3 % of random loss). */
const LOSS_PERCENT = 3;
const JITTER_MS = 60;
const ROUND_TRIP_MS = 500;

/** What has happened between two readings; a talk sends fifty packets a second. */
export function judge(before: Reading, now: Reading): Quality {
  const received = Math.max(0, now.received - before.received);
  const lost = Math.max(0, now.lost - before.lost);
  const seconds = Math.max(0.001, (now.at - before.at) / 1000);
  const heard = received + lost > 0 ? (lost / (received + lost)) * 100 : 0;
  const lossPercent = Math.max(heard, (now.farLoss ?? 0) * 100);
  const silent = received < seconds * 5;
  const late = now.roundTripMs !== null && now.roundTripMs > ROUND_TRIP_MS;
  return { lossPercent, jitterMs: now.jitterMs, roundTripMs: now.roundTripMs, silent, bad: lossPercent > LOSS_PERCENT || now.jitterMs > JITTER_MS || late };
}

/** What the house keeps with the call: losses in thousandths, jitter and the way there and back in milliseconds. */
export interface Heard { lost: number; jitter: number; trip?: number }

/** The worse of what was heard and what is heard; a silent stretch says nothing. */
export function worse(known: Heard | null, now: Quality | null): Heard | null {
  if (!now || now.silent) return known;
  const trip = Math.max(known?.trip ?? 0, Math.round(now.roundTripMs ?? 0)) || undefined;
  return { lost: Math.max(known?.lost ?? 0, Math.round(now.lossPercent * 10)), jitter: Math.max(known?.jitter ?? 0, Math.round(now.jitterMs)), trip };
}

export async function read(pc: RTCPeerConnection): Promise<Reading | null> {
  let found: Reading | null = null;
  const report = await pc.getStats();
  let roundTripMs: number | null = null;
  let farLoss: number | null = null;
  for (const row of report.values() as Iterable<Record<string, unknown> & { type: string; kind?: string }>) {
    if (row.type === 'remote-inbound-rtp' && row.kind === 'audio') {
      if (typeof row.roundTripTime === 'number') roundTripMs = row.roundTripTime * 1000;
      if (typeof row.fractionLost === 'number') farLoss = row.fractionLost;
    }
    if (row.type === 'inbound-rtp' && row.kind === 'audio') {
      found = { at: Number(row.timestamp), received: Number(row.packetsReceived ?? 0), lost: Number(row.packetsLost ?? 0), jitterMs: Number(row.jitter ?? 0) * 1000, roundTripMs: null, farLoss: null };
    }
  }
  return found && { ...found, roundTripMs, farLoss };
}

import type { ReviewEnd } from "./script";

/** One seeded conversation. */
export interface SeedConversation {
  directive: string;
  guidance: string;
  work: string;
  end?: ReviewEnd;
  /** The review's text before its verdict. */
  review?: string;
  cut?: "interrupted" | "truncated";
  stateless?: string;
}

export const release: SeedConversation[] = [
  {
    directive: "Draft the release notes for version 2.4. Readers are people who run the server themselves.",
    guidance: `Three things decide whether these notes serve their readers:

1. **Lead with what they must do.** A database step comes first, with its command and how long it takes.
2. **Say what changed for them**, in their words, not in names of modules.
3. **Name what may break**, and how to go back.

Keep it under one page. Last month you asked for plain headings and no emoji; hold to that.`,
    work: `## Version 2.4

**Before you upgrade:** run \`server migrate --check\`. It takes about a minute per million rows and writes nothing.

### What is new

- Exports keep their time zone.
- Search finds words inside attachments.
- The start takes half the time on small machines.

### What may break

Plug-ins that read \`config.old\` find it under \`config.d/\` now.

\`\`\`sh
# go back at any time
server stop
server restore --snapshot before-2.4
server start
\`\`\``,
    review: "Clear, short and in the right order. The way back is there, which earlier notes lacked.",
  },
  {
    directive: "Turn the migration step into a checklist an operator can follow at night.",
    guidance: "Number the steps, one action each. Every step needs a visible sign that it worked. Put the way back after each step that changes something.",
    work: `1. Announce the pause. *Sign: the banner shows on the start page.*
2. \`server snapshot create before-2.4\`. *Sign: the last line reads \`verified\`.*
3. \`server migrate\`. *Sign: \`schema 41\`.*
   - Way back: \`server restore --snapshot before-2.4\`
4. \`server start\`, then open one old export. *Sign: its dates are right.*

| Step | Minutes | Can be undone |
| --- | ---: | --- |
| Snapshot | 3 | yes |
| Migrate | 6 | yes, by restore |
| Start | 1 | yes |`,
    review: "Each step has its sign and the two risky ones have a way back.",
  },
  {
    directive: "Write the announcement for the mailing list.",
    guidance: "Four sentences. What, when, what to do, where to ask.",
    work: "Version 2.4 is out today. It makes exports keep their time zone and search look inside attachments. Run `server migrate --check` before you upgrade; it tells you how long the upgrade will take",
    cut: "interrupted",
  },
];

export const garden: SeedConversation[] = [
  {
    directive: "Plan the raised beds for a north-facing garden, 4 by 6 metres, on a small budget.",
    guidance: "Light decides here. Ask which hours the sun reaches the back wall; until then plan for half shade. Keep wood untreated and heights low.",
    work: `Half shade suits **chard, lettuce, parsley, peas and mint**. Two beds of 1.2 × 2.4 m leave a path wide enough for a barrow.

- [x] Larch boards, 12 pieces
- [ ] Soil, 1.4 m³
- [ ] Mulch for the path

Read more at [the seed library](https://seeds.example.org/half-shade).

![A sketch of the beds](https://images.example.net/beds.png)`,
    end: "escalate",
    review: "Sound, but one thing only you can say.",
  },
];

export const arabic: SeedConversation[] = [
  {
    directive: "اكتب رسالة قصيرة لشكر الفريق على إنهاء المشروع في موعده.",
    guidance: "اجعل الرسالة في ثلاث جمل: الشكر، وما أنجزوه، وما يأتي بعد ذلك. تجنّب المبالغة.",
    work: "أعزّائي،\n\nشكرًا لكم على إنهاء المشروع **في موعده** وبهذه الجودة. عملكم وفّر على زملائنا أسابيع من الانتظار. نلتقي يوم الأحد لنخطط للخطوة التالية: `v2.5`.",
    review: "الرسالة قصيرة وصادقة.",
  },
];

export const japanese: SeedConversation[] = [
  {
    directive: "新しい検索機能の説明を、初めて使う人向けに三行で書いてください。",
    guidance: "一行に一つのことだけ書く。専門用語は使わない。",
    work: "1. 上の欄に、探したい言葉を入れます。\n2. 添付ファイルの中の言葉も見つかります。\n3. 結果は新しい順に並びます。",
    review: "短く、分かりやすいです。",
  },
];

export const thesis: SeedConversation[] = [
  {
    directive: "Compare three ways to sample interview partners for a study of night workers.",
    guidance: "Set them side by side: reach, bias, effort. End with a choice and what it costs.",
    work: `| Way | Reach | Bias | Effort |
| --- | --- | --- | --- |
| Snowball | good among friends | high | low |
| Quota | even | medium | high |
| Site visits | whoever is on shift | low | medium |

Site visits it is: two nights a week, four sites.`,
    review: "The table answers the question and the choice follows from it.",
    stateless: "the data file is busy",
  },
];

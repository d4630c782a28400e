// Messages of an invented community, with whether a moderator would hold them back: our own text, made of templates and slots by a seed.
// Held-out messages come from templates and slot values that training never sees. Pure. Flagged are scams, insults and unwanted advertising,
// all mild; the others speak of the same things without being it, so that no single word decides.

import { hashName, threefry2x32, unitInterval } from '../core/rng';

export interface ModeratedMessage {
  readonly text: string;
  readonly flagged: boolean;
}

interface Topic {
  readonly flagged: boolean;
  readonly training: readonly string[];
  readonly heldOut: readonly string[];
}

const topics: readonly Topic[] = [
  {
    flagged: true,
    training: [
      'you have won {prize}, send your {secret} to claim it today',
      'your account is about to be closed, confirm your {secret} at this link',
      'I work for the bank and need your {secret} to stop a payment',
      'pay a small fee of {money} and we transfer {prize} to you',
      'your parcel is on hold, enter your {secret} to release it',
      'reply with your {secret} and I double your {money} in a day',
      'last warning: verify your {secret} or lose your access',
      'support here, tell me your {secret} so that I can repair your account',
      'a relative left you {prize}, we only need your {secret}',
      'send {money} first and the {goods} is on its way',
    ],
    heldOut: [
      'congratulations, {prize} is waiting, just give us your {secret}',
      'this is support: without your {secret} we must close your account today',
      'transfer {money} as a fee now and claim {prize}',
      'enter your {secret} at the link or your payment will be lost',
    ],
  },
  {
    flagged: true,
    training: [
      'you are {insult} and everybody here knows it',
      'only {insult} would write something like that',
      'shut up, nobody wants to read your {work}',
      'go away and take your {work} with you, {insult}',
      'how can one be {insult} and still be so proud of it',
      'your {work} is trash and so are you',
      'nobody asked you, {insult}, leave this place',
      'I hope you fail, you deserve it for this {work}',
      'you people are all the same, {insult} one and all',
      'delete your account, you are {insult}',
    ],
    heldOut: [
      'what {insult} you are, leave and never write here again',
      'everybody laughs at you and your trash of {work}',
      'shut up and delete this, {insult}',
      'you deserve to fail, nobody wants you here',
    ],
  },
  {
    flagged: true,
    training: [
      'buy {goods} now, {percent} off, only today at my shop',
      'best {goods} in town, click the link in my profile',
      'earn {money} a week from home, ask me how',
      'cheap {goods}, no questions asked, write to me',
      'follow my channel and win {prize}, hurry',
      'I sell followers, {money} for a thousand, fast and safe',
      'limited offer: {goods} for {money}, order now',
      'do you want to get rich, join my group, first month free',
      'visit my shop for {goods}, {percent} off with my code',
      'make easy {money}, no work needed, link below',
    ],
    heldOut: [
      'order {goods} at my shop today and get {percent} off',
      'join now and earn {money} without work, link in my profile',
      'hurry, cheap {goods}, offer ends today, click here',
      'follow me and get rich fast, ask me how, free',
    ],
  },
  {
    flagged: false,
    training: [
      'somebody wrote that I won {prize} and asked for my {secret}, is that a scam',
      'never tell anybody your {secret}, support will not ask for it',
      'I forgot my {secret}, where can I set a new one',
      'how do I report a message that asks for my {secret}',
      'my bank closed my account by mistake, the call took an hour',
      'the parcel with my {goods} is on hold, has anybody seen this before',
      'please change your {secret} after the leak that was in the news',
      'is a fee of {money} normal for a transfer abroad',
      'we won {prize} at the school fair, what a day',
      'the link in the mail looked false to me, so I did not enter anything',
    ],
    heldOut: [
      'is it a scam when support asks me for my {secret}',
      'I got a warning about my account, how do I see whether the link is false',
      'never pay a fee to claim {prize}, that is how they get your {money}',
      'my payment is on hold since I entered a new {secret}, what can I do',
    ],
  },
  {
    flagged: false,
    training: [
      'please do not call people {insult} here, it helps nobody',
      'I felt like {insult} when I saw how simple the answer was',
      'he called me {insult} and the moderators did nothing',
      'your {work} is good, the second part could be shorter',
      'I do not agree with you, but thank you for the {work}',
      'sorry for my words of yesterday, I was tired and rude',
      'this {work} has a mistake, shall I show you where',
      'do you want me to read your {work} before you send it',
      'nobody is born with this, it takes years to learn',
      'I failed the exam, but you all gave me hope',
    ],
    heldOut: [
      'somebody told me to shut up and called me {insult}, what shall I do',
      'I would not say that you are {insult}, the question is a hard one',
      'thank you all, your words about my {work} helped me a lot',
      'the {work} is not trash, please do not delete it',
    ],
  },
  {
    flagged: false,
    training: [
      'which shop has good {goods}, I need them for a trip',
      'I bought {goods} last year and they still work',
      'is {money} a fair price for used {goods}',
      'my brother works from home now and likes it',
      'does anybody know whether {goods} are {percent} off this week',
      'the group meets on Friday, the first coffee is free',
      'I give away my old {goods}, come and take them',
      'how many followers do you need before it becomes work',
      'my order of {goods} came a week late, the shop was kind about it',
      'the channel about {goods} is great, I learned a lot from it',
    ],
    heldOut: [
      'where did you buy your {goods}, and were they worth {money}',
      'the shop took {percent} off since my {goods} came late',
      'can one earn {money} with this kind of work, or is that a dream',
      'I ask for a friend: are cheap {goods} any good',
    ],
  },
];

type Slots = Readonly<Record<string, readonly string[]>>;
const slots: { readonly training: Slots; readonly heldOut: Slots } = {
  training: {
    prize: ['a new phone', 'a car', 'two tickets', 'a gift card', 'a holiday', 'ten thousand coins'],
    secret: ['password', 'card number', 'login', 'pin', 'code'],
    money: ['20 euros', '50 dollars', '100 pounds', '300 euros', '9 dollars'],
    goods: ['shoes', 'watches', 'headphones', 'lamps', 'bags', 'tablets'],
    insult: ['an idiot', 'a fool', 'a clown', 'a liar', 'a moron'],
    work: ['photo', 'text', 'song', 'drawing', 'comment', 'report'],
    percent: ['20 percent', '50 percent', '70 percent'],
  },
  heldOut: {
    prize: ['a new phone', 'a laptop', 'a gift card', 'a week at the sea'],
    secret: ['password', 'pin', 'card number', 'security code'],
    money: ['80 dollars', '50 dollars', '200 pounds'],
    goods: ['shoes', 'jackets', 'headphones', 'cameras'],
    insult: ['an idiot', 'a fool', 'a loser', 'a liar'],
    work: ['text', 'photo', 'poem', 'report'],
    percent: ['30 percent', '50 percent'],
  },
};

const frames = {
  training: {
    before: ['', '', '', 'hello, ', 'hi all, ', 'good morning, ', 'listen: ', 'by the way, ', 'dear friends, '],
    after: ['', '', '', '.', '!', ' please', ' thanks', ' :)', ', really', ' ...'],
  },
  heldOut: {
    before: ['', '', '', 'hey, ', 'good evening, ', 'so, ', 'dear all, '],
    after: ['', '', '.', '!', '?', ' thank you', ', truly'],
  },
} as const;

/** Most messages anywhere are fine. */
const FLAGGED_SHARE = 0.4;

/** In random order, the same for the same seed; no message twice, so that fewer may come out where templates run dry. */
export function moderationMessages(part: 'training' | 'heldOut', count: number, seed: number): ModeratedMessage[] {
  const stream = hashName(`moderation.${part}`);
  const templatesOf = (wanted: boolean) =>
    topics.flatMap(({ flagged, ...lists }) => (flagged === wanted ? lists[part] : []));
  const lists = { flagged: templatesOf(true), fine: templatesOf(false) };
  const messages = new Map<string, ModeratedMessage>();
  for (let draw = 0; messages.size < count && draw < 20 * count; draw++) {
    let turn = 0;
    const pick = <Item>(list: readonly Item[]): Item => {
      const [word] = threefry2x32(seed, stream, draw, turn++);
      return list[word % list.length];
    };
    const flagged = unitInterval(threefry2x32(seed, stream, draw, turn++)[0]) < FLAGGED_SHARE;
    const template = pick(flagged ? lists.flagged : lists.fine);
    const filled = template.replace(/\{(\w+)\}/g, (_, slot: string) => pick(slots[part][slot] ?? ['']));
    const { before, after } = frames[part];
    const text = `${pick(before)}${filled}${pick(after)}`;
    messages.set(text, { text, flagged });
  }
  return [...messages.values()];
}

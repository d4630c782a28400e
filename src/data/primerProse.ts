// The primer's handwritten part: short pieces about an island, written for this lab. Plain text, no logic.

export const primerProse: readonly string[] = [
  `The island of Tarn lies a morning's sail from the mainland. It has one harbour, one hill, one mill, and one school with
two rooms. On a clear day the people of the mainland say that they can see its lamp, and on a dark day the people of the
island say that they can do without the mainland. Both are nearly true.`,

  `This is the day book of the island. Whoever keeps the lamp keeps the book as well. The rule is simple: write what you saw,
write who did it, and write nothing that you only heard. A page that breaks the rule is not torn out. It is left where it
is, with a small cross beside it, so that the next keeper may learn from it.`,

  `Before there was a lamp there was a fire on the hill. It ate so much wood that the hill became bald, and then the fire had
nothing left to eat and went out, and that same night two boats were lost. The lamp was built with the timber of those
boats. It burns very little, and it has never gone out, because the people take turns, and because no one wants to be the
one who slept.`,

  `Learning to read the sea is like learning to read a book. At first there are only marks. Then some of the marks come
back, and you begin to wait for them. After the grey line comes the wind; after the wind comes the rain; after the rain the
gulls sit on the wall in a row. One day you notice that you no longer look at the marks at all. You see the weather, as a
reader sees the story.`,

  `The miller had four sons and one cart, and the cart was heavy. One son pulled it up the hill alone and was tired by
noon. Four sons pulled it together and were quarrelling by noon, because each of them thought that he pulled the most. So
the miller gave each son a quarter of the flour to carry, and told them to wait for each other at the gate. Nobody was
tired and nobody quarrelled, but the gate became a very busy place.`,

  `There were four clerks in the counting house, and they made up the accounts in the evening. Each clerk counted a part of
the boxes and wrote one number on a slate. Then the slates went around the table, and each clerk added what was on his own.
When every slate had gone all the way around, all four clerks had the same total, and nobody had carried a box. The old
clerk said: move the numbers and leave the boxes where they are.`,

  `A stranger once asked how the ferry could find the harbour in the fog. The ferryman said that he made a guess, and
listened, and was wrong, and turned a little, and made a better guess. The stranger asked what he did when the guess was
very wrong. I turn a little more, said the ferryman, but never too much, or I should spend the day going around in a ring.
In the beginning I turn boldly, and near the wall I turn gently. That is the whole of my art.`,

  `The bell in the harbour has three strokes. One stroke means that a boat is coming in. Two strokes mean that a boat is
going out. Three strokes mean that somebody should come at once and that it does not matter who. It is rung for fire, for
flood, and once, in the year of the long snow, for a very large fish.`,

  `What is a lesson worth that is learned by heart? The teacher said that she could tell the difference between a child who
knew the answer and a child who had only seen it. She kept back ten sums from the book and never showed them to anyone
before the day of the test. The child who knew could do the ten. The child who had only seen could do all the others.`,

  `The oldest house on the island belongs to the baker. It has a green door, a low roof, and an oven that has not been cold
for a hundred years. In the morning the street smells of bread, in the evening it smells of smoke, and at night, when the
wind turns, it smells of the sea. The baker says that she can tell the hour by it with her eyes shut.`,

  `There is a saying on Tarn that a patient hand mends the net and a quick hand tears it. There is another saying that a slow
boat catches yesterday's fish. The keeper of the lamp was asked which of the two was right, and she answered that it
depended on the net, and on the fish, and that this was the reason for having two sayings.`,
];

// Short definitions of the terms of the Data view, in English: [name, definition]. Part of termsEn. Keys after `pipeline.` are its settings.

type TermText = readonly [name: string, definition: string];
const term = (name: string, definition: string): TermText => [name, definition];

export const termsDataEn = {
  'stage.decode': term(
    'Decode',
    'Bytes become text by the encoding that was found or named: UTF-8, UTF-16, GBK or Latin-1.',
  ),
  'stage.normalize': term(
    'Normalise',
    'One way to write the same text: composed characters, no control signs, single spaces.',
  ),
  'stage.markup': term(
    'Strip markup',
    'The words of HTML, Markdown and e-mail, without tags, headers and transfer encodings.',
  ),
  'stage.language': term('Language', 'A guess at the language by script and common words; others can be left out.'),
  'stage.quality': term(
    'Quality',
    'Leaves out what is too short or long, mostly symbols, or repeats its own lines or words.',
  ),
  'stage.personal-data': term(
    'Personal data',
    'Masks e-mail addresses, phone, card and identity numbers and IP addresses by patterns and check digits.',
  ),
  'stage.exact-dedup': term('Exact copies', 'Leaves out a document whose cleaned text came before, by a 64-bit hash.'),
  'stage.near-dedup': term(
    'Near copies',
    'Leaves out a document that nearly repeats a kept one: MinHash estimates how many word runs two documents share.',
  ),
  'stage.decontaminate': term(
    'Decontaminate',
    'Leaves out documents to train on that share long word runs with held-out ones, so that the held-out loss stays honest.',
  ),
  'stage.split': term(
    'Split',
    'Which documents are held out, by the hash of their text: a document stays on its side whatever else is there.',
  ),
  'stage.tokenize': term('Tokenise', 'Text becomes token ids: its bytes, or the pieces of a tokenizer.json.'),
  'stage.pack': term(
    'Pack',
    'Documents laid one after another and written in shards; training reads them in sequences of fixed length.',
  ),
  duplicates: term(
    'Duplicates',
    'Documents that were left out because another has the same, or nearly the same, text. The first one is kept.',
  ),
  documentLengths: term('Lengths', 'Characters of each document that was kept, in buckets that double.'),
  documentLanguages: term('Languages', 'What each document was taken for. A guess by script and common words.'),
  tokenFrequencies: term(
    'Vocabulary',
    'How often each token occurs in the training part. In natural text the count falls about as one over the rank (Zipf).',
  ),
  shardMap: term(
    'Shard map',
    'Which rank reads which document in which step, for training on these shards with the present set-up. Computed from seed and step.',
  ),
  'pipeline.source.format': term('Format', 'How files are taken apart into documents. Automatic goes by their names.'),
  'pipeline.source.encoding': term(
    'Encoding',
    'How bytes are read as characters. Automatic judges by samples of each file.',
  ),
  'pipeline.source.documents': term(
    'A document is',
    'What counts as one document in text, Markdown and code. Tables have one a row, pages and mails one a file.',
  ),
  'pipeline.source.columns': term(
    'Columns',
    'Columns of CSV or fields of JSONL that make the text, with commas between. Empty: text, content, body, or all texts.',
  ),
  'pipeline.source.invalidBytes': term(
    'Broken bytes',
    'What happens where bytes are not allowed by the encoding: the place is marked (U+FFFD), or the document is left out.',
  ),
  'pipeline.source.pieceKib': term(
    'Piece (KiB)',
    'Long files are cut at line ends into pieces of about this size, which workers take one by one.',
  ),
  'pipeline.normalize.form': term(
    'Unicode form',
    'NFC composes letters and accents; NFKC also replaces look-alikes such as full-width letters.',
  ),
  'pipeline.normalize.controls': term(
    'Remove controls',
    'Takes out control and unseen characters, but not tabs and line ends.',
  ),
  'pipeline.normalize.whiteSpace': term(
    'Tidy spaces',
    'Runs of spaces become one, none at line ends, at most one empty line.',
  ),
  'pipeline.markup.kind': term(
    'Kind of markup',
    'Automatic goes by the format of the file and leaves plain text alone.',
  ),
  'pipeline.language.keep': term(
    'Keep languages',
    'Codes such as en, zh, with commas between. Empty keeps all; und is what was not recognised.',
  ),
  'pipeline.quality.minCharacters': term('Shortest', 'Documents with fewer characters are left out.'),
  'pipeline.quality.maxCharacters': term('Longest', 'Documents with more characters are left out.'),
  'pipeline.quality.maxSymbolShare': term(
    'Symbols at most',
    'Largest share of characters that are no letter, digit or space.',
  ),
  'pipeline.quality.maxRepeatedLines': term(
    'Repeated lines at most',
    'Largest share of characters in lines that came before in the document.',
  ),
  'pipeline.quality.maxRepeatedWords': term(
    'Repeated words at most',
    'Largest share of words in runs of five that came before in the document.',
  ),
  'pipeline.personalData.email': term('E-mail', 'Addresses become <EMAIL>.'),
  'pipeline.personalData.phone': term('Phone', 'Phone numbers become <PHONE>.'),
  'pipeline.personalData.card': term('Cards', 'Card numbers whose check digit (Luhn) is right become <CARD>.'),
  'pipeline.personalData.ip': term('IP', 'IPv4 and IPv6 addresses become <IP>.'),
  'pipeline.personalData.chineseMobile': term('Chinese mobile', 'Mobile numbers of China become <PHONE>.'),
  'pipeline.personalData.chineseIdentity': term(
    'Chinese identity',
    'Identity numbers of China whose date and check character are right become <IDENTITY>.',
  ),
  'pipeline.nearDedup.shingleWords': term(
    'Words in a run',
    'Documents are compared by their runs of so many words (shingles).',
  ),
  'pipeline.nearDedup.bands': term(
    'Bands',
    'The signature is cut into bands; documents that share a whole band are compared. More bands find more.',
  ),
  'pipeline.nearDedup.rows': term(
    'Rows',
    'Hashes in a band. More rows make a chance meeting rarer, and miss more edited copies.',
  ),
  'pipeline.nearDedup.threshold': term(
    'Similar from',
    'Estimated share of common word runs from which two documents count as the same.',
  ),
  'pipeline.nearDedup.seed': term('Seed', 'Of the hash functions.'),
  'pipeline.decontaminate.words': term('Words in a run', 'Length of the word runs that must not be on both sides.'),
  'pipeline.decontaminate.maxShare': term(
    'Shared at most',
    'Largest share of a document’s runs that the held-out documents may have too.',
  ),
  'pipeline.split.validationFraction': term('Held-out share', 'Share of documents that are never trained on.'),
  'pipeline.split.seed': term('Seed', 'Another seed holds out other documents.'),
  'pipeline.tokenize.tokenizer': term(
    'Tokens',
    'Bytes need no vocabulary; a tokenizer.json is chosen, dropped, or trained below.',
  ),
  'pipeline.tokenize.documentEnd': term(
    'Document end',
    'Put after every document, as tokens. \\n is a line end; a special token such as <|endoftext|> works.',
  ),
  'pipeline.pack.sequenceLength': term('Sequence', 'Tokens of a sequence in the shards’ index.'),
  'pipeline.pack.shardTokens': term('Shard', 'Tokens of a shard file, rounded to whole sequences.'),
  tokenizerTraining: term(
    'Tokenizer training',
    'A tokenizer learnt from these documents: frequent stretches of text become single tokens, so that sequences get shorter.',
  ),
  tokenizerPlayground: term(
    'Tokenizer playground',
    'How a tokenizer takes a text apart. Each token has an id, which is all that the model sees of it.',
  ),
  'tokenizer.kind': term(
    'Kind',
    'Byte-level BPE merges the most frequent pair of bytes again and again; WordPiece does so within words; Unigram starts with many pieces and drops the least useful.',
  ),
  'tokenizer.vocabularySize': term('Vocabulary', 'Tokens at most: special tokens, the alphabet, and what is learnt.'),
  'tokenizer.minFrequency': term(
    'Occurs at least',
    'A pair or piece is learnt only if it occurs this often in the training part.',
  ),
  'tokenizer.specialTokens': term(
    'Special tokens',
    'Names with spaces between. They take the first ids, are never cut, and mean what a model is told they mean.',
  ),
} satisfies Record<string, TermText>;

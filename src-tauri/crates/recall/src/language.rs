//! Languages: which one a text is in, and the stemmer for it.
//!
//! A script of its own tells the language, or near enough for a stemmer. Among the languages in Latin letters the small
//! words tell: a text counts as one of them when it has at least [`LEAST_VOTES`] of its small words and twice as many as
//! of the English ones. Otherwise it is English, which is also what code and lists come out as.

use std::{collections::HashMap, sync::LazyLock};

use foldhash::fast::RandomState;
use frostem::{Algorithm, Stemmer};

/// Fewer say nothing: "die", "son" and "on" occur in English text.
const LEAST_VOTES: u32 = 3;

/// A language with a stemmer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub(crate) enum Language {
    English,
    German,
    French,
    Spanish,
    Italian,
    Portuguese,
    Dutch,
    Swedish,
    Russian,
    Arabic,
    Greek,
    Hindi,
}

impl Language {
    pub(crate) const ALL: [Self; 12] = [
        Self::English,
        Self::German,
        Self::French,
        Self::Spanish,
        Self::Italian,
        Self::Portuguese,
        Self::Dutch,
        Self::Swedish,
        Self::Russian,
        Self::Arabic,
        Self::Greek,
        Self::Hindi,
    ];

    /// How many of [`Self::ALL`] are written in Latin letters; they come first.
    const LATIN: usize = 8;

    pub(crate) const fn bit(self) -> u16 {
        1 << self as u8
    }

    /// The language of a word by its script; none for Latin letters and digits.
    pub(crate) fn of_script(word: &str) -> Option<Self> {
        match word.chars().find(|c| c.is_alphabetic())? {
            '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Some(Self::Greek),
            '\u{400}'..='\u{52f}' => Some(Self::Russian),
            '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}' => Some(Self::Arabic),
            '\u{900}'..='\u{97f}' => Some(Self::Hindi),
            _ => None,
        }
    }

    fn stemmer(self) -> Stemmer {
        Stemmer::new(match self {
            Self::English => Algorithm::English,
            Self::German => Algorithm::German,
            Self::French => Algorithm::French,
            Self::Spanish => Algorithm::Spanish,
            Self::Italian => Algorithm::Italian,
            Self::Portuguese => Algorithm::Portuguese,
            Self::Dutch => Algorithm::Dutch,
            Self::Swedish => Algorithm::Swedish,
            Self::Russian => Algorithm::Russian,
            Self::Arabic => Algorithm::Arabic,
            Self::Greek => Algorithm::Greek,
            Self::Hindi => Algorithm::Hindi,
        })
    }

    /// The stem of a word in lower case.
    pub(crate) fn stem(self, word: &str) -> String {
        self.stemmer().stem(word).into_owned()
    }

    /// The words that [`Self::is_small`] knows.
    pub(crate) fn small_words(self) -> impl Iterator<Item = &'static str> {
        let list = SMALL.iter().find(|(language, _)| *language == self);
        list.into_iter().flat_map(|(_, words)| words.split_ascii_whitespace())
    }

    /// Whether a folded word of this language says nothing about the matter.
    pub(crate) fn is_small(self, word: &str) -> bool {
        SMALL_WORDS
            .get(word)
            .is_some_and(|languages| languages & self.bit() != 0)
    }
}

/// The votes of a text's words for the languages in Latin letters.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Votes([u32; Language::LATIN]);

impl Votes {
    /// Counts a folded word.
    pub(crate) fn add(&mut self, word: &str) {
        if word.len() > LONGEST_SMALL_WORD {
            return;
        }
        let Some(languages) = SMALL_WORDS.get(word) else { return };
        for (n, votes) in self.0.iter_mut().enumerate() {
            *votes += u32::from(languages >> n & 1);
        }
    }

    /// The language they come to.
    pub(crate) fn language(&self) -> Language {
        let [english, others @ ..] = self.0;
        let (mut best, mut most) = (Language::English, LEAST_VOTES.max(2 * english + 1) - 1);
        for (language, votes) in Language::ALL.iter().skip(1).zip(others) {
            if votes > most {
                (best, most) = (*language, votes);
            }
        }
        best
    }
}

/// In bytes; looking up a longer word is spared.
const LONGEST_SMALL_WORD: usize = 16;

/// Articles, pronouns, auxiliaries, prepositions and question words, folded, by language. They say nothing about the
/// matter, and tell the language. English has the list the study tuned, with contractions and what is left of them.
const SMALL: [(Language, &str); 11] = [
    (
        Language::English,
        "a about above after again all also am an and any are aren't as at be because been before being below between \
         both but by can can't cannot could couldn't did didn't do does doesn't doing don't down during each few for \
         from further had hadn't has hasn't have haven't having he her here hers herself him himself his how i if in \
         into is isn't it it's its itself just let's me more most my myself no nor not of off on once only or other \
         our ours out over own same she should so some such than that that's the their theirs them themselves then \
         there these they this those through to too under until up very was wasn't we were weren't what when where \
         which while who whom why will with won't would you your yours yourself yourselves s t d ll m re ve i'm i've i'd i'll you're you've you'd you'll we're we've we'd we'll they're they've \
         they'd they'll he'd he'll she'd she'll it'll it'd that'll who've weren't wouldn't shouldn't needn't ain't us",
    ),
    (
        Language::German,
        "aber als am an auch auf aus bei bin bis bist da damit das dass dein deine dem den der des dich die dir doch du \
         durch ein eine einem einen einer eines er es euch euer fur habe haben hat hatte ich ihm ihn ihr ihre im in ist \
         ja kann kein keine man mein meine mich mir mit nach nicht noch nur ob oder sehr sein seine sich sie sind so \
         uber um und uns unser unter vom von vor war waren warum was weil wenn wer werden wie wieder wir wird wo wurde \
         zu zum zur",
    ),
    (
        Language::French,
        "ai au aux avec ce ces cet cette comme comment dans de des du elle elles en est et etait ete etre eu il ils je \
         la le les leur lui ma mais me mes moi mon ne nos notre nous on ont ou par pas plus pour pourquoi quand que \
         quel quelle qui sa sans se ses si son sont sur ta te tes toi ton tu un une vos votre vous",
    ),
    (
        Language::Spanish,
        "al como con cual cuando de del desde donde el ella ellos en entre era es esta estan este esto fue ha han hay la \
         las le les lo los mas me mi muy no nos o para pero por porque que quien se ser si sin sobre son su sus te tu un \
         una unos y yo",
    ),
    (
        Language::Italian,
        "al alla anche che chi ci come con da dal dalla dei del della delle di dove e ed era gli ha hanno ho i il in io \
         la le lo ma mi ne nel nella non o per perche piu quale quando quello questa questo se sei si sono su sua sul \
         suo ti tu un una uno",
    ),
    (
        Language::Portuguese,
        "ao aos as com como da das de do dos e ela ele em entre era essa esse esta este eu foi ha isso isto ja la lhe \
         mais mas me meu minha muito na nao nas nem no nos o onde os ou para pela pelo por porque qual quando que quem \
         se sem ser seu sua tem um uma voce",
    ),
    (
        Language::Dutch,
        "aan als bij dan dat de deze die dit door een en er had heb hebben heeft het hij hoe hun ik in is je kan maar me \
         meer mijn moet na naar niet nog nu of om onder ons ook op over te tot uit van veel voor waar waarom wanneer \
         was wat we wel werd wie wij wordt ze zich zij zijn zo zonder",
    ),
    (
        Language::Swedish,
        "alla att av blev bli da de dem den denna det detta din du dar efter ej eller en er ett for fran han har hon hur \
         i icke inte jag kan man med men mig min mot nar ni nu och om oss over pa sa sig sin ska skulle som till under \
         upp ut vad var varfor vem vi vid vilken ar",
    ),
    (
        Language::Russian,
        "а без бы был была было были быть в вам вас весь во вот все всех вы где да для до его ее если есть еще же за и \
         из или им их к как какая какие какой ко когда кто ли мне может мы на над наш не него нее нет ни них но о об он \
         она они оно от по под при с со так также там то того тоже только том ты у уже что чтобы чем эта эти это я",
    ),
    (
        Language::Arabic,
        "في من على الى إلى عن مع هذا هذه ذلك تلك التي الذي ما ماذا متى أين كيف لماذا هل كان كانت هو هي هم نحن أنا أنت و أو \
         ثم لا لم لن قد كل بعد قبل بين عند أن إن",
    ),
    (
        Language::Greek,
        "ο η το οι τα του της των τον την τι και να σε με για από στο στη στην στον στα ένα μια είναι ήταν που πως πότε \
         πού δεν μη θα αν ή",
    ),
];

static SMALL_WORDS: LazyLock<HashMap<String, u16, RandomState>> = LazyLock::new(|| {
    let mut words: HashMap<String, u16, RandomState> = HashMap::default();
    for (language, list) in SMALL {
        for word in list.split_ascii_whitespace() {
            *words.entry(crate::words::folded(word)).or_default() |= language.bit();
        }
    }
    words
});

#[cfg(test)]
mod tests {
    use super::*;

    fn language(text: &str) -> Language {
        let mut votes = Votes::default();
        for word in text.split_whitespace() {
            votes.add(&crate::words::folded(word));
        }
        votes.language()
    }

    #[test]
    fn the_small_words_tell_the_language() {
        assert_eq!(
            language("wie hat sich die Funktion für das Rechteck geändert"),
            Language::German
        );
        assert_eq!(
            language("la fonction qui calcule la surface est dans le module"),
            Language::French
        );
        assert_eq!(
            language("the function that computes the area is in the module"),
            Language::English
        );
        assert_eq!(
            language("die Hard was on"),
            Language::English,
            "a film's name does not make a text German"
        );
        assert_eq!(
            language("fn area(w: f64) -> f64"),
            Language::English,
            "code has no small words"
        );
    }

    #[test]
    fn the_script_tells_the_rest() {
        assert_eq!(Language::of_script("прямоугольник"), Some(Language::Russian));
        assert_eq!(Language::of_script("مستطيل"), Some(Language::Arabic));
        assert_eq!(Language::of_script("42"), None);
    }
}

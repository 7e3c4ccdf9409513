//! What is said in the store of the echo, in five languages.

/// A directive, what Beatrice said, what Codey did.
pub type Cycle = [&'static str; 3];

/// One language's store.
pub struct Texts {
    pub language: &'static str,
    /// What is asked for weeks later.
    pub asked: &'static str,
    /// The cycle that is meant.
    pub meant: Cycle,
    /// What looks like it: other functions, other shapes. The directive and Codey's work.
    pub like: [[&'static str; 2]; 10],
    /// What Beatrice says to those.
    pub guidance: &'static str,
    /// What the unrelated cycles are about.
    pub matters: [&'static str; 10],
    /// How they are asked for and done; `{}` is the matter.
    pub forms: [[&'static str; 2]; 4],
}

pub const ALL: [Texts; 5] = [ENGLISH, GERMAN, RUSSIAN, JAPANESE, ARABIC];

const ENGLISH: Texts = Texts {
    language: "English",
    asked: "Modify the rectangle area function to handle several shapes",
    meant: [
        "Write a function that computes the area of a rectangle from its width and height.",
        "Take two numbers, refuse negative ones, and return the product. Add a test with a unit square.",
        "fn rectangle_area(width: f64, height: f64) -> f64 { width * height }\nIt refuses negative sides; the unit square gives 1.",
    ],
    like: [
        [
            "Write a function that computes the area of a circle.",
            "fn circle_area(radius: f64) -> f64 { PI * radius * radius }",
        ],
        [
            "Write a function that computes the area of a triangle.",
            "fn triangle_area(base: f64, height: f64) -> f64 { base * height / 2.0 }",
        ],
        [
            "Write a function for the perimeter of a square.",
            "fn square_perimeter(side: f64) -> f64 { 4.0 * side }",
        ],
        [
            "Write a function for the volume of a sphere.",
            "fn sphere_volume(radius: f64) -> f64 { 4.0 / 3.0 * PI * radius.powi(3) }",
        ],
        [
            "Write a function for the surface of a cylinder.",
            "fn cylinder_surface(radius: f64, height: f64) -> f64 { 2.0 * PI * radius * (radius + height) }",
        ],
        [
            "Write a function for the diagonal of a cuboid.",
            "fn cuboid_diagonal(a: f64, b: f64, c: f64) -> f64 { (a * a + b * b + c * c).sqrt() }",
        ],
        [
            "Write a function that sorts a list of names.",
            "fn sort_names(names: &mut [String]) { names.sort(); }",
        ],
        [
            "Write a function that reads dates from text.",
            "fn read_date(text: &str) -> Option<Date> { Date::parse(text).ok() }",
        ],
        [
            "Extend the login function to more than one user.",
            "fn login(users: &[User], name: &str) -> bool { users.iter().any(|u| u.name == name) }",
        ],
        [
            "Let the export function write more than one format.",
            "fn export(format: Format) -> Vec<u8> { match format { Format::Csv => csv(), Format::Json => json() } }",
        ],
    ],
    guidance: "Keep it small and add a test.",
    matters: [
        "the office plants",
        "the winter schedule",
        "the printer in the hall",
        "our coffee supplier",
        "the parking permits",
        "the archive boxes",
        "the team breakfast",
        "the fire drill",
        "the visitor badges",
        "the recycling bins",
    ],
    forms: [
        [
            "Draft a short notice about {}.",
            "The notice about {} is ready to hang up.",
        ],
        [
            "List what is still open concerning {}.",
            "Three points are open concerning {}: who, when, and how much.",
        ],
        [
            "Find a date to talk about {}.",
            "Tuesday at ten suits everybody to talk about {}.",
        ],
        [
            "Sum up last month's mails on {}.",
            "The mails on {} agree: nothing has to change before spring.",
        ],
    ],
};

const GERMAN: Texts = Texts {
    language: "German",
    asked: "Ändere die Funktion für die Fläche des Rechtecks so, dass sie mehrere Formen verarbeitet",
    meant: [
        "Schreibe eine Funktion, die die Fläche eines Rechtecks aus Breite und Höhe berechnet.",
        "Nimm zwei Zahlen, weise negative zurück und gib das Produkt zurück. Prüfe mit dem Einheitsquadrat.",
        "Die Funktion rechteck_flaeche multipliziert Breite und Höhe des Rechtecks; negative Seiten lehnt sie ab, die Fläche des Einheitsquadrats ist 1.",
    ],
    like: [
        [
            "Schreibe eine Funktion, die die Fläche eines Kreises berechnet.",
            "Die Funktion kreis_flaeche nimmt den Radius und gibt Pi mal Radius zum Quadrat.",
        ],
        [
            "Schreibe eine Funktion, die die Fläche eines Dreiecks berechnet.",
            "Die Funktion dreieck_flaeche teilt Grundseite mal Höhe durch zwei.",
        ],
        [
            "Schreibe eine Funktion für den Umfang eines Quadrats.",
            "Die Funktion quadrat_umfang gibt das Vierfache der Seite.",
        ],
        [
            "Schreibe eine Funktion für das Volumen einer Kugel.",
            "Die Funktion kugel_volumen rechnet mit der dritten Potenz des Radius.",
        ],
        [
            "Schreibe eine Funktion für die Oberfläche eines Zylinders.",
            "Die Funktion zylinder_oberflaeche zählt Mantel und Deckel zusammen.",
        ],
        [
            "Schreibe eine Funktion für die Diagonale eines Quaders.",
            "Die Funktion quader_diagonale zieht die Wurzel aus der Summe der Quadrate.",
        ],
        [
            "Schreibe eine Funktion, die eine Liste von Namen sortiert.",
            "Die Funktion namen_sortieren ordnet die Liste an Ort und Stelle.",
        ],
        [
            "Schreibe eine Funktion, die ein Datum aus einem Text liest.",
            "Die Funktion datum_lesen gibt nichts zurück, wenn der Text keines ist.",
        ],
        [
            "Erweitere die Funktion für die Anmeldung auf mehr als einen Benutzer.",
            "Die Funktion anmelden sucht den Namen jetzt in der ganzen Liste.",
        ],
        [
            "Lass die Funktion für den Export mehr als ein Format schreiben.",
            "Die Funktion exportieren unterscheidet jetzt CSV und JSON.",
        ],
    ],
    guidance: "Halte es klein und prüfe es mit einem Test.",
    matters: [
        "die Pflanzen im Büro",
        "den Winterplan",
        "den Drucker im Flur",
        "unseren Kaffeelieferanten",
        "die Parkausweise",
        "die Archivkisten",
        "das Frühstück im Team",
        "die Brandschutzübung",
        "die Besucherausweise",
        "die Wertstofftonnen",
    ],
    forms: [
        [
            "Entwirf einen kurzen Aushang über {}.",
            "Der Aushang über {} kann aufgehängt werden.",
        ],
        [
            "Liste auf, was noch offen ist über {}.",
            "Drei Punkte sind offen über {}: wer, wann und wie viel.",
        ],
        [
            "Finde einen Termin, um zu sprechen über {}.",
            "Dienstag um zehn passt allen zum Gespräch über {}.",
        ],
        [
            "Fasse die Mails des letzten Monats zusammen über {}.",
            "Die Mails sind sich einig über {}: vor dem Frühling ändert sich nichts.",
        ],
    ],
};

const RUSSIAN: Texts = Texts {
    language: "Russian",
    asked: "Измени функцию площади прямоугольника, чтобы она работала с несколькими фигурами",
    meant: [
        "Напиши функцию, которая вычисляет площадь прямоугольника по ширине и высоте.",
        "Возьми два числа, отклони отрицательные и верни произведение. Проверь на единичном квадрате.",
        "Функция rectangle_area умножает ширину прямоугольника на высоту; отрицательные стороны отклоняет, площадь единичного квадрата равна 1.",
    ],
    like: [
        [
            "Напиши функцию, которая вычисляет площадь круга.",
            "Функция circle_area берёт радиус и возвращает пи на квадрат радиуса.",
        ],
        [
            "Напиши функцию, которая вычисляет площадь треугольника.",
            "Функция triangle_area делит произведение основания и высоты пополам.",
        ],
        [
            "Напиши функцию для периметра квадрата.",
            "Функция square_perimeter возвращает учетверённую сторону.",
        ],
        [
            "Напиши функцию для объёма шара.",
            "Функция sphere_volume использует третью степень радиуса.",
        ],
        [
            "Напиши функцию для поверхности цилиндра.",
            "Функция cylinder_surface складывает бок и крышки.",
        ],
        [
            "Напиши функцию для диагонали параллелепипеда.",
            "Функция cuboid_diagonal извлекает корень из суммы квадратов.",
        ],
        [
            "Напиши функцию, которая сортирует список имён.",
            "Функция sort_names упорядочивает список на месте.",
        ],
        [
            "Напиши функцию, которая читает дату из текста.",
            "Функция read_date ничего не возвращает, если даты нет.",
        ],
        [
            "Расширь функцию входа больше чем на одного пользователя.",
            "Функция login теперь ищет имя во всём списке.",
        ],
        [
            "Научи функцию экспорта писать больше одного формата.",
            "Функция export теперь различает CSV и JSON.",
        ],
    ],
    guidance: "Сделай это коротко и добавь проверку.",
    matters: [
        "растения в офисе",
        "зимнее расписание",
        "принтер в коридоре",
        "поставщик кофе",
        "пропуска на стоянку",
        "коробки архива",
        "завтрак команды",
        "пожарная тревога",
        "значки посетителей",
        "мусорные баки",
    ],
    forms: [
        [
            "Составь короткое объявление на тему: {}.",
            "Объявление готово, тема: {}.",
        ],
        [
            "Перечисли, что ещё не решено, тема: {}.",
            "Не решены три вопроса, тема: {}: кто, когда и сколько.",
        ],
        [
            "Найди время для разговора, тема: {}.",
            "Вторник в десять подходит всем, тема: {}.",
        ],
        [
            "Собери письма за прошлый месяц, тема: {}.",
            "Письма согласны, тема: {}: до весны ничего не меняется.",
        ],
    ],
};

const JAPANESE: Texts = Texts {
    language: "Japanese",
    asked: "長方形の面積の関数を複数の図形に対応するように変更してください",
    meant: [
        "幅と高さから長方形の面積を計算する関数を書いてください。",
        "二つの数を受け取り、負の数は拒み、積を返す。単位正方形で試すこと。",
        "関数 rectangle_area は長方形の幅と高さを掛けて面積を返します。負の辺は拒み、単位正方形の面積は一です。",
    ],
    like: [
        [
            "円の面積を計算する関数を書いてください。",
            "関数 circle_area は半径の二乗に円周率を掛けます。",
        ],
        [
            "三角形の面積を計算する関数を書いてください。",
            "関数 triangle_area は底辺と高さの積を二で割ります。",
        ],
        [
            "正方形の周囲の長さの関数を書いてください。",
            "関数 square_perimeter は辺の四倍を返します。",
        ],
        [
            "球の体積の関数を書いてください。",
            "関数 sphere_volume は半径の三乗を使います。",
        ],
        [
            "円柱の表面の関数を書いてください。",
            "関数 cylinder_surface は側面と底面を足します。",
        ],
        [
            "直方体の対角線の関数を書いてください。",
            "関数 cuboid_diagonal は平方の和の根を返します。",
        ],
        [
            "名前の一覧を並べ替える関数を書いてください。",
            "関数 sort_names は一覧をその場で並べます。",
        ],
        [
            "文章から日付を読む関数を書いてください。",
            "関数 read_date は日付がなければ何も返しません。",
        ],
        [
            "ログインの関数を二人以上で使えるように広げてください。",
            "関数 login は一覧の全体から名前を探します。",
        ],
        [
            "書き出しの関数で別の形式も書けるようにしてください。",
            "関数 export は二つの形式を区別します。",
        ],
    ],
    guidance: "小さく作り、試験を付けること。",
    matters: [
        "事務所の植物",
        "冬の予定表",
        "廊下の印刷機",
        "珈琲の仕入れ先",
        "駐車の許可証",
        "書庫の箱",
        "仲間の朝食",
        "火災の訓練",
        "来客の名札",
        "資源ごみの箱",
    ],
    forms: [
        [
            "{}について短いお知らせを書いてください。",
            "{}についてのお知らせは貼るだけです。",
        ],
        [
            "{}について残っている課題を挙げてください。",
            "{}については三つ残っています。誰が、いつ、いくらで。",
        ],
        [
            "{}について話す日を決めてください。",
            "{}の話は火曜の十時が皆に合います。",
        ],
        [
            "{}についての先月の手紙をまとめてください。",
            "{}の手紙は春まで何も変えないということです。",
        ],
    ],
};

const ARABIC: Texts = Texts {
    language: "Arabic",
    asked: "عدّل دالة مساحة المستطيل لتتعامل مع عدة أشكال",
    meant: [
        "اكتب دالة تحسب مساحة المستطيل من العرض والارتفاع.",
        "خذ عددين وارفض السالب منهما وأعد حاصل الضرب. اختبرها على مربع الوحدة.",
        "الدالة rectangle_area تضرب عرض المستطيل في ارتفاعه وترفض الأضلاع السالبة، ومساحة مربع الوحدة واحد.",
    ],
    like: [
        [
            "اكتب دالة تحسب مساحة الدائرة.",
            "الدالة circle_area تأخذ نصف القطر وتضرب مربعه في باي.",
        ],
        [
            "اكتب دالة تحسب مساحة المثلث.",
            "الدالة triangle_area تقسم القاعدة في الارتفاع على اثنين.",
        ],
        [
            "اكتب دالة لمحيط المربع.",
            "الدالة square_perimeter تعيد أربعة أضعاف الضلع.",
        ],
        ["اكتب دالة لحجم الكرة.", "الدالة sphere_volume تستعمل مكعب نصف القطر."],
        [
            "اكتب دالة لسطح الأسطوانة.",
            "الدالة cylinder_surface تجمع الجانب والغطاءين.",
        ],
        [
            "اكتب دالة لقطر متوازي السطوح.",
            "الدالة cuboid_diagonal تعيد جذر مجموع المربعات.",
        ],
        [
            "اكتب دالة ترتب قائمة الأسماء.",
            "الدالة sort_names ترتب القائمة في مكانها.",
        ],
        [
            "اكتب دالة تقرأ التاريخ من النص.",
            "الدالة read_date لا تعيد شيئا إن لم يوجد تاريخ.",
        ],
        [
            "وسّع دالة الدخول لأكثر من مستخدم واحد.",
            "الدالة login تبحث الآن عن الاسم في القائمة كلها.",
        ],
        [
            "اجعل دالة التصدير تكتب أكثر من صيغة.",
            "الدالة export تفرق الآن بين صيغتين.",
        ],
    ],
    guidance: "اجعلها قصيرة وأضف اختبارا.",
    matters: [
        "نباتات المكتب",
        "جدول الشتاء",
        "طابعة الممر",
        "مورد القهوة",
        "تصاريح المواقف",
        "صناديق الأرشيف",
        "فطور الفريق",
        "تمرين الحريق",
        "بطاقات الزوار",
        "حاويات التدوير",
    ],
    forms: [
        ["اكتب إعلانا قصيرا عن {}.", "الإعلان عن {} جاهز للتعليق."],
        ["اذكر ما بقي مفتوحا بشأن {}.", "بقيت ثلاث نقاط بشأن {}: من ومتى وكم."],
        [
            "جد موعدا للحديث عن {}.",
            "الثلاثاء عند العاشرة يناسب الجميع للحديث عن {}.",
        ],
        [
            "لخص رسائل الشهر الماضي عن {}.",
            "الرسائل عن {} متفقة: لا شيء يتغير قبل الربيع.",
        ],
    ],
};

use super::rng::Rng;

/// What people and agents say in one language.
#[derive(Debug)]
pub(super) struct Language {
    pub(super) tag: &'static str,
    pub(super) locale: &'static str,
    human: &'static [&'static str],
    agent: &'static [&'static str],
    pub(super) buttons: &'static [&'static str],
}

impl Language {
    /// English is half of the world here.
    pub(super) fn choose(rng: &mut Rng) -> &'static Self {
        if rng.chance(0.5) { &LANGUAGES[0] } else { &LANGUAGES[rng.below(LANGUAGES.len())] }
    }

    pub(super) fn human(&self, rng: &mut Rng) -> String {
        let sentences = 1 + rng.below(2);
        said(self.human, sentences, rng)
    }

    /// At most so many sentences.
    pub(super) fn agent(&self, sentences: usize, rng: &mut Rng) -> String {
        let sentences = 1 + rng.below(sentences.max(1));
        said(self.agent, sentences, rng)
    }
}

fn said(stock: &[&str], sentences: usize, rng: &mut Rng) -> String {
    let mut text = String::new();
    for number in 0..sentences {
        if number > 0 {
            text.push_str(if rng.chance(0.15) { "\n\n" } else { " " });
        }
        text.push_str(rng.pick(stock));
    }
    match rng.below(60) {
        0..4 => {
            text.push(' ');
            text.push_str(rng.pick(&EMOJI));
        }
        4 => {
            text.push(' ');
            text.push_str(rng.pick(&ODDITIES));
        }
        5 | 6 => {
            let number = rng.between(1_000, 999_999);
            text.push_str(&format!(" #{number}"));
        }
        7 => text.push_str(" https://www.example.com/help/articles?id=12&lang=en#top"),
        _ => {}
    }
    text
}

const EMOJI: [&str; 10] = ["🙏🏽", "👩‍💻", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪🇯🇵", "❤️", "😂😂", "💲", "1️⃣", "🧑🏿‍🚀"];

const ODDITIES: [&str; 14] = [
    "a tab\there",
    "a \"quoted\" word",
    "back\\slash",
    "C:\\temp\\new",
    "NUL\u{0}inside",
    "bell\u{7}",
    "line\u{2028}separator",
    "zero\u{200b}width",
    "\u{202e}turned round\u{202c}",
    "e\u{301} is not é",
    "<script>alert(1)</script>",
    "=1+2",
    "'; drop table messages; --",
    "\u{feff}with a BOM",
];

static LANGUAGES: [Language; 10] = [
    Language {
        tag: "en",
        locale: "en_us",
        human: &[
            "hi",
            "hello, I need some help with my order",
            "my camera is offline",
            "where is my parcel?",
            "yes please",
            "no thank you",
            "can I change the delivery address?",
            "I was charged twice this month",
            "how do I reset the device",
            "ok",
            "that did not work, it still shows the red light",
            "I want to talk to a person",
            "thanks, that is all",
            "What does the premium plan cost per year?",
            "the app says error 0x80070057 and then closes",
        ],
        agent: &[
            "Hello 👋 I am a virtual assistant. How can I help you?",
            "Let me look that up for you.",
            "Could you tell me your order number, please?",
            "Your parcel left our warehouse yesterday and arrives within two days.",
            "Please hold the button for ten seconds until the light blinks, then let go and wait for a minute.",
            "Did that answer your question?",
            "I have changed the address on your order.",
            "Here are the details for Comfort Headphones:\n\n💲 Price: $89.99\n📦 In Stock: Yes",
            "I am sorry to hear that. The amount goes back to your account within five working days.",
            "A colleague will be with you in a moment.",
            "You can read more about it in [our help centre](https://help.example.com/a/12).",
            "The **premium plan** costs 120 a year, or 12 a month if you would rather stay flexible.",
        ],
        buttons: &["Yes", "No", "Main menu", "Talk to a human", "Pricing 💲"],
    },
    Language {
        tag: "de",
        locale: "de_de",
        human: &[
            "Guten Tag",
            "Wo bleibt meine Bestellung?",
            "Die Größe passt nicht, ich möchte umtauschen",
            "Ja, gern",
            "Nein danke",
            "Können Sie mir die Rechnung noch einmal schicken?",
            "Das geht leider nicht",
            "Ich möchte mit einem Menschen sprechen",
            "Danke schön, das war’s",
        ],
        agent: &[
            "Guten Tag! Wie kann ich Ihnen helfen?",
            "Einen Augenblick, ich sehe nach.",
            "Bitte nennen Sie mir Ihre Bestellnummer.",
            "Ihre Sendung ist unterwegs und kommt voraussichtlich übermorgen an.",
            "Die Rücksendung ist kostenlos; das Etikett liegt dem Päckchen bei.",
            "Hat Ihnen das weitergeholfen?",
            "Öffnen Sie bitte die Einstellungen und wählen Sie „Gerät zurücksetzen“.",
        ],
        buttons: &["Ja", "Nein", "Zurück", "Mitarbeiter sprechen"],
    },
    Language {
        tag: "ar",
        locale: "ar_eg",
        human: &[
            "مرحبا",
            "أين طلبي؟",
            "نعم من فضلك",
            "لا شكرا",
            "أريد التحدث مع موظف",
            "الكاميرا لا تعمل منذ أمس",
            "رقم الطلب هو 4711",
        ],
        agent: &[
            "أهلا بك! كيف يمكنني مساعدتك اليوم؟",
            "لحظة من فضلك، سأتحقق من ذلك.",
            "شحنتك في الطريق وستصل خلال يومين.",
            "هل كانت هذه الإجابة مفيدة؟",
            "اضغط على الزر لمدة عشر ثوان (Reset) ثم انتظر دقيقة واحدة.",
        ],
        buttons: &["نعم", "لا", "القائمة الرئيسية"],
    },
    Language {
        tag: "zh",
        locale: "zh_cn",
        human: &[
            "你好",
            "我的订单到哪里了?",
            "可以改地址吗",
            "好的",
            "不用了,谢谢",
            "我想找人工客服",
            "重启以后还是不行",
        ],
        agent: &[
            "您好!请问有什么可以帮您?",
            "请稍等,我帮您查一下。",
            "您的包裹昨天已经发出,预计两天内送达。",
            "请长按按钮十秒,直到指示灯闪烁。",
            "请问还有其他问题吗?",
            "退款会在五个工作日内退回原账户。",
        ],
        buttons: &["是", "否", "返回主菜单"],
    },
    Language {
        tag: "ja",
        locale: "ja_jp",
        human: &[
            "こんにちは",
            "注文した商品が届きません",
            "はい、お願いします",
            "いいえ、結構です",
            "返品したいです",
            "オペレーターにつないでください",
        ],
        agent: &[
            "こんにちは。どのようなご用件でしょうか。",
            "確認いたしますので、少々お待ちください。",
            "お荷物は昨日発送され、二日以内にお届けの予定です。",
            "ボタンを十秒間押し続けてください。",
            "ほかにご質問はございますか。",
        ],
        buttons: &["はい", "いいえ", "メニューに戻る"],
    },
    Language {
        tag: "hi",
        locale: "hi_in",
        human: &[
            "नमस्ते",
            "मेरा ऑर्डर कहाँ है?",
            "हाँ",
            "नहीं, धन्यवाद",
            "मुझे पैसे वापस चाहिए",
            "किसी इंसान से बात करनी है",
        ],
        agent: &[
            "नमस्ते! मैं आपकी क्या सहायता कर सकता हूँ?",
            "कृपया एक क्षण प्रतीक्षा करें।",
            "आपका पार्सल दो दिन में पहुँच जाएगा।",
            "क्या इससे आपके प्रश्न का उत्तर मिला?",
        ],
        buttons: &["हाँ", "नहीं", "मुख्य मेनू"],
    },
    Language {
        tag: "tr",
        locale: "tr_tr",
        human: &[
            "Merhaba",
            "Siparişim nerede?",
            "Evet lütfen",
            "Hayır, teşekkürler",
            "İADE etmek istiyorum",
            "ışık yanmıyor",
            "Müşteri temsilcisine bağlanmak istiyorum",
        ],
        agent: &[
            "Merhaba! Size nasıl yardımcı olabilirim?",
            "Bir dakika, hemen kontrol ediyorum.",
            "Kargonuz yola çıktı, iki gün içinde elinizde olur.",
            "Lütfen düğmeyi on saniye basılı tutun.",
            "Başka bir sorunuz var mı?",
        ],
        buttons: &["Evet", "Hayır", "Ana menü"],
    },
    Language {
        tag: "fr",
        locale: "fr_fr",
        human: &[
            "bonjour",
            "où est ma commande ?",
            "oui, s’il vous plaît",
            "non merci",
            "je voudrais être remboursée",
            "ça ne marche pas",
        ],
        agent: &[
            "Bonjour ! Comment puis-je vous aider ?",
            "Un instant, je vérifie.",
            "Votre colis a quitté l’entrepôt hier et arrivera d’ici deux jours.",
            "Cela répond-il à votre question ?",
            "Maintenez le bouton enfoncé pendant dix secondes.",
        ],
        buttons: &["Oui", "Non", "Retour"],
    },
    Language {
        tag: "es",
        locale: "es_mx",
        human: &[
            "hola",
            "¿dónde está mi pedido?",
            "sí, por favor",
            "no, gracias",
            "quiero hablar con una persona",
            "me cobraron dos veces",
        ],
        agent: &[
            "¡Hola! ¿En qué puedo ayudarle?",
            "Permítame un momento, lo reviso.",
            "Su paquete llegará en dos días.",
            "¿Le fue útil la respuesta?",
            "El reembolso tarda cinco días hábiles.",
        ],
        buttons: &["Sí", "No", "Menú principal"],
    },
    Language {
        tag: "ru",
        locale: "ru_ru",
        human: &[
            "здравствуйте",
            "где мой заказ?",
            "да",
            "нет, спасибо",
            "позовите оператора",
            "камера не работает",
        ],
        agent: &[
            "Здравствуйте! Чем могу помочь?",
            "Одну минуту, я проверю.",
            "Посылка придёт в течение двух дней.",
            "Удерживайте кнопку десять секунд, затем подождите минуту.",
            "Я ответил на ваш вопрос?",
        ],
        buttons: &["Да", "Нет", "Главное меню"],
    },
];

//! What stands under `payload`, by type of message.

use super::json_text::JsonText;
use super::rng::Rng;
use super::talk::{Message, Talk};

/// Writes the `payload` field, or for some types nothing.
pub(super) fn write(message: &Message, is_human: bool, talk: &Talk, rng: &mut Rng, json: &mut JsonText<'_>) {
    let label = rng.pick(talk.language.buttons);
    let link = rng.pick(&LINKS);
    match message.kind {
        "text" => text(message, rng, json),
        "launch" | "GetBrowserData" | "end" | "MultiFileUpload" => {
            if let Some(nothing) = [Some("{}"), Some("null"), None][rng.below(3)] {
                json.key("payload").raw(nothing);
            }
        }
        "FileUpload" | "VoiceNote" | "GoogleForm" => json.key("payload").string(link),
        "choice" => json.key("payload").object(|json| json.key("buttons").array(|json| buttons(talk, rng, json))),
        "MultiSelect" => {
            let select = |rng: &mut Rng, json: &mut JsonText<'_>| {
                json.array(|json| {
                    buttons(talk, rng, json);
                    json.object(|json| json.key("name").string(&format!("{label}:2")));
                });
            };
            if rng.chance(0.3) {
                select(rng, json.key("payload"));
            } else {
                json.key("payload").object(|json| select(rng, json.key("buttons")));
            }
        }
        "cardV2" => json.key("payload").object(|json| card(message, talk, rng, json)),
        "carousel" => {
            let n_cards = 1 + rng.below(3);
            let cards = |rng: &mut Rng, json: &mut JsonText<'_>| {
                json.array(|json| {
                    for _ in 0..n_cards {
                        json.object(|json| {
                            json.key("id").string(&rng.hex(12));
                            card(message, talk, rng, json);
                        });
                    }
                });
            };
            if rng.chance(0.2) {
                cards(rng, json.key("payload"));
            } else {
                json.key("payload").object(|json| {
                    json.key("layout").string("Carousel");
                    cards(rng, json.key("cards"));
                });
            }
        }
        "visual" => json.key("payload").object(|json| {
            if rng.chance(0.7) {
                json.key("visualType").string("image");
                json.key("dimensions").raw(r#"{"width":640,"height":359.5}"#);
                json.key("canvasVisibility").string("full");
            }
            json.key("image").string(link);
        }),
        "Embed" | "iFrame" => match rng.below(3) {
            0 => json.key("payload").string(link),
            1 => json.key("payload").object(|json| {
                json.key("url").string(link);
                json.key("height").integer(400);
            }),
            _ => json.key("payload").object(|json| {
                json.key("layout").string("vertical");
                json.key("url").string("<iframe src=\"https://www.example.com/e\"></iframe>");
            }),
        },
        "EmailForm" if is_human => {
            json.key("item").object(|json| {
                json.key("email").string(&talk.person.email);
                json.key("message").string(&message.text);
                json.key("attachmentLinks").raw(r#"[{"url":"https://cdn.example.com/f/1.pdf","sizeKB":12.5}]"#);
            });
        }
        "SetConvoData" => json.key("payload").object(|json| {
            json.key("userName").string(&talk.person.name);
            json.key("tags").strings(["vip"]);
        }),
        "SetRuntime" => {
            let action = rng.pick(&[
                r#"{"action":"request_handoff","timeout":60}"#,
                r#"{"action":"set_variables","payload":{"plan":"premium","n":1.0,"big":9007199254740993}}"#,
            ]);
            json.key("payload").raw(action);
        }
        "no-reply" => json.key("payload").raw(r#"{"timeout":30}"#),
        "VGVF_Channel" => channel(talk, rng, json),
        "VFVG_Channel" => json.key("payload").raw(r#"{"vf_variables":{"step":3,"seen":[true,null]}}"#),
        "VG_Response" => json.key("payload").object(|json| {
            json.key("origin").string("VG_Response");
            json.key("type").string(rng.pick(&["VG_MultiSelect", "VG_Cancel"]));
            json.key("selected").strings([label]);
        }),
        "knowledgeBase" => json.key("payload").object(|json| {
            json.key("chunks").array(|json| {
                json.object(|json| {
                    json.key("score").raw("0.8234567");
                    json.key("chunkID").string(&rng.hex(8));
                    json.key("content").string(&message.text);
                    json.key("source").raw(r#"{"type":"url","name":"FAQ","url":"https:\/\/help.example.com\/1"}"#);
                });
            });
            json.key("query").object(|json| json.key("answer").raw("null"));
        }),
        "jsx" => {
            let node = rng.pick(&["null", "{}", r#""<b>hi</b>""#, r#"{"type":"div","props":{"children":[]},"key":null}"#]);
            json.key("payload").raw(node);
        }
        "info:default" | "info:success" | "info:danger" | "info:primary" => {
            let notice = rng.pick(&[
                "Successfully Submitted",
                "Please wait, we're notifying the team..",
                "No response from team..",
            ]);
            json.key("payload").string(notice);
        }
        "debug:tell" => json.key("payload").object(|json| {
            json.key("message").string(&format!("Tool ended: lookup {{\"query\":\"{}", message.text));
        }),
        "MultiDropdown" => json.key("payload").raw(
            r#"{"buttons":[{"label":"EU","value":1,"buttons":[{"label":"DE","value":"de"},{"label":"FR","value":"fr"}]}]}"#,
        ),
        "form" | "input" | "Custom_Form" | "context:form_submission" => json.key("payload").object(|json| {
            json.key("title").string(label);
            json.key("fields").array(|json| {
                json.object(|json| {
                    json.key("id").string("f.1/a b");
                    json.key("type").string("text");
                    json.key("label").string(label);
                    json.key("required").boolean(true);
                });
            });
            json.key("submittedData").object(|json| json.key("").string(&message.text));
        }),
        _ => {
            let anything = rng.pick(&[
                r#"{"value":1.50,"unit":"\u00b0C"}"#, r#"[1,[2,[3,[]]],{"a":{"b":{"c":null}}}]"#, "17", "true", "null",
                r#""plain text""#, "-0.0", "1e-7", "9007199254740993", r#"{"a.b":1,"a":{"b":2},"a/b":3," ":4,"":5}"#,
            ]);
            json.key("payload").raw(anything);
        }
    }
}

const LINKS: [&str; 4] = [
    "https://cdn.example.com/files/1f.png",
    "www.example.com/form?x=1",
    "https://storage.example.com/voice/n%20ote.mp3",
    "//cdn.example.com/a.jpg",
];

fn text(message: &Message, rng: &mut Rng, json: &mut JsonText<'_>) {
    let form = rng.below(400);
    if form == 0 {
        json.key("payload").string(&message.text);
        return;
    }
    if form == 1 {
        json.key("payload").strings([message.text.as_str()]);
        return;
    }
    json.key("payload").object(|json| {
        json.key("message").string(&message.text);
        if form < 220 {
            json.key("slate").object(|json| {
                json.key("id").string(&rng.hex(12));
                json.key("content").array(|json| {
                    json.object(|json| {
                        json.key("children")
                            .array(|json| json.object(|json| json.key("text").string(&message.text)));
                    });
                });
                json.key("messageDelayMilliseconds").integer(1000);
            });
            json.key("delay").integer(1000);
        } else if form < 240 {
            json.key("feedback").raw(rng.pick(&[
                "true",
                "false",
                "\"Unset\"",
                "\"Positive\"",
                "\"Negative\"",
            ]));
        } else if form < 270 {
            json.key("aiGenerated").boolean(true);
        }
    });
}

fn buttons(talk: &Talk, rng: &mut Rng, json: &mut JsonText<'_>) {
    for _ in 0..1 + rng.below(3) {
        let name = rng.pick(talk.language.buttons);
        json.object(|json| {
            if rng.chance(0.02) {
                json.key("name").string("VG_Block");
                return;
            }
            json.key("name").string(name);
            json.key("request").object(|json| match rng.below(6) {
                0 => {
                    json.key("type").string("text");
                    json.key("payload").string(name);
                }
                1 => {
                    json.key("type").string("text");
                    json.key("payload").object(|json| json.key("message").string(name));
                }
                2 => {
                    json.key("type").string("open_url");
                    json.key("payload").object(|json| json.key("url").string("https://www.example.com/"));
                }
                3 => {
                    json.key("type").string("intent");
                    json.key("payload").object(|json| {
                        json.key("query").string(name);
                        json.key("label").string(name);
                        json.key("intent").raw(r#"{"name":"yes"}"#);
                        json.key("entities").raw("[]");
                    });
                }
                _ => {
                    json.key("type").string(&format!("path-{}", rng.hex(16)));
                    json.key("payload").object(|json| {
                        json.key("label").string(name);
                        json.key("actions").raw("[]");
                    });
                }
            });
        });
    }
}

fn card(message: &Message, talk: &Talk, rng: &mut Rng, json: &mut JsonText<'_>) {
    json.key("title").string(rng.pick(talk.language.buttons));
    json.key("description").object(|json| {
        json.key("text").string(&message.text);
        if rng.chance(0.5) {
            json.key("slate").array(|json| {
                json.object(|json| {
                    json.key("children")
                        .array(|json| json.object(|json| json.key("text").string(&message.text)));
                });
            });
        }
    });
    if rng.chance(0.8) {
        json.key("imageUrl").string("https://cdn.example.com/img/1.png");
    }
    json.key("buttons").array(|json| buttons(talk, rng, json));
}

fn channel(talk: &Talk, rng: &mut Rng, json: &mut JsonText<'_>) {
    match rng.below(4) {
        0 => {}
        1 => json.key("payload").string("No response from team.."),
        2 => json.key("payload").array(|json| {
            json.object(|json| {
                json.key("index").integer(0);
                json.key("label").string("E-mail");
                json.key("value").string(&talk.person.email);
                json.key("gform_id").raw("null");
            });
        }),
        _ => json.key("payload").object(|json| {
            json.key("url").string("https://www.example.com/shop?utm_source=x");
            json.key("browser").string(talk.person.browser);
            json.key("ip").string(&talk.person.ip);
            json.key("country").string("US");
        }),
    }
}

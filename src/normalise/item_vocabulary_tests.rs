use super::*;

fn item(texts: &[&str]) -> String {
    with_service(None, texts)
}

fn with_service(service: Option<&str>, texts: &[&str]) -> String {
    match Words::new(&[]).meaning(service, texts) {
        Ok(Meaning::Item(item)) => item.id().to_owned(),
        Ok(Meaning::FreeDelivery) => "free".to_owned(),
        Err(why) => why.message,
    }
}

#[test]
fn the_tier_words_of_the_console() {
    for (text, expected) in [
        ("语音", "av.audio"),
        ("音频时长", "av.audio"),
        ("Audio", "av.audio"),
        ("标清 SD", "av.sd"),
        ("SD", "av.sd"),
        ("高清", "av.hd"),
        ("高清视频时长", "av.hd"),
        ("高清(HD)", "av.hd"),
        ("全高清", "av.fhd"),
        ("超清", "av.fhd"),
        ("超高清", "av.fhd"),
        ("Full HD", "av.fhd"),
        ("FullHD", "av.fhd"),
        ("全高清(Full HD)", "av.fhd"),
        ("超清(HD+)", "av.hdplus"),
        ("超清（HD＋）", "av.hdplus"),
        ("HD+", "av.hdplus"),
        ("视频2K", "av.2k"),
        ("4K", "av.4k"),
        ("2K+", "rec.4k"),
    ] {
        assert_eq!(item(&[text]), expected, "{text}");
    }
}

#[test]
fn the_service_and_the_tier_may_stand_in_different_texts() {
    assert_eq!(item(&["高清", "订阅时长", "实时音视频"]), "av.hd");
    assert_eq!(item(&["超高清", "云端录制", "实时音视频"]), "rec.fhd");
    assert_eq!(item(&["录制音频"]), "rec.audio");
    assert_eq!(item(&["音频", "录制投递至腾讯云", "云端录制"]), "deliver.tencent.audio");
    assert_eq!(item(&["Recording Delivery to Third Party-4K"]), "deliver.third.4k");
    assert_eq!(item(&["页面录制-高清"]), "page.hd");
    assert_eq!(item(&["On-cloud Recording", "HD"]), "rec.hd");
}

#[test]
fn mixing_needs_a_codec_but_for_sound() {
    assert_eq!(item(&["转码-H264-高清 HD"]), "mix.h264.hd");
    assert_eq!(item(&["H265-4K", "混流转码"]), "mix.h265.4k");
    assert_eq!(item(&["FullHDH264"]), "mix.h264.fhd");
    assert_eq!(item(&["2KH265"]), "mix.h265.2k");
    assert_eq!(item(&["转码-语音"]), "mix.audio");
    assert!(item(&["混流转码-高清"]).contains("no codec"));
    assert_eq!(with_service(Some("mix"), &["SDH264"]), "mix.h264.sd");
}

#[test]
fn items_without_a_tier() {
    assert_eq!(item(&["旁路转推-第三方"]), "relay.third");
    assert_eq!(item(&["Relay to Tencent Cloud CSS"]), "relay.tencent");
    assert_eq!(item(&["Relay to Third Party CDN"]), "relay.third");
    assert!(item(&["转推带宽"]).contains("where the relay goes"));
    assert_eq!(item(&["截图"]), "snapshot");
    assert_eq!(item(&["Monthly Active Users"]), "mau");
}

#[test]
fn a_duration_without_a_tier_is_a_call() {
    assert_eq!(item(&["通话时长"]), "av.call");
    assert_eq!(item(&["实时音视频", "时长"]), "av.call");
}

#[test]
fn the_name_of_a_product_is_no_tier() {
    assert_eq!(item(&["Audio and Video", "HD"]), "av.hd");
    assert_eq!(item(&["sp_rav_audio_video"]), "av.call");
}

#[test]
fn delivery_to_vod_is_free_and_said() {
    assert_eq!(item(&["录制投递至云点播-高清"]), "free");
}

#[test]
fn what_the_file_says_fills_in_and_does_not_override() {
    assert_eq!(with_service(Some("rec"), &["高清"]), "rec.hd");
    assert_eq!(with_service(Some("deliver.third"), &["HD"]), "deliver.third.hd");
    assert_eq!(with_service(Some("av"), &["录制-高清"]), "rec.hd");
    assert_eq!(with_service(Some("relay.third"), &["转推带宽"]), "relay.third");
}

#[test]
fn the_accounts_own_words_go_first() {
    let alias = |text: &str, item: &str| Alias { text: text.to_owned(), item: Item::parse(item).unwrap() };
    let words = Words::new(&[alias("某自定义组件", "av.hd"), alias("高清", "av.sd")]);
    let meaning = |text| words.meaning(None, &[text]).unwrap();
    assert_eq!(meaning(" 某自定义组件 "), Meaning::Item(Item::parse("av.hd").unwrap()));
    assert_eq!(meaning("高清"), Meaning::Item(Item::parse("av.sd").unwrap()));
}

#[test]
fn an_items_own_name_is_known() {
    assert_eq!(item(&["mix.h265.2k"]), "mix.h265.2k");
    assert_eq!(item(&["relay.tencent"]), "relay.tencent");
}

#[test]
fn an_unknown_text_names_the_nearest_word_and_the_way_out() {
    let why = Words::new(&[]).meaning(None, &["Hoch"]).unwrap_err();
    assert!(why.message.contains("neither a service nor a tier"), "{}", why.message);
    assert!(why.help.contains("[[alias]] text = \"Hoch\""));
    let why = Words::new(&[]).meaning(None, &["snapshto"]).unwrap_err();
    assert!(why.message.contains("nearest known word is snapshot"), "{}", why.message);
}

#[test]
fn two_tiers_in_one_text_are_refused() {
    assert!(item(&["高清/标清"]).contains("at once"));
}

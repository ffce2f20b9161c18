//! Scenes counted and paid by hand.

use super::*;
use crate::rules::Cards;

fn scene(hosts: u32, viewers: u32, sent: Sent) -> Scene {
    Scene { rooms: 10, hosts, viewers, minutes: 60, days: 30, sent }
}

fn counted(card: &str, scene: &Scene) -> Vec<String> {
    let groups = scene.counted(Cards::embedded().get(card).unwrap()).unwrap();
    let item = |group: &Counted| group.item.map_or("nothing", crate::model::Item::id);
    groups.iter().map(|group| format!("{} {} {}", group.who, item(group), group.minutes)).collect()
}

fn tier(name: &str) -> Sent {
    Sent::Tier(name.to_owned())
}

#[test]
fn each_card_counts_by_its_clock() {
    // A user's month is 10 rooms x 60 min x 30 days = 18,000 min.
    let hd = scene(2, 8, tier("hd"));
    assert_eq!(counted("cn-2019", &hd), ["hosts av.call 36000", "viewers av.call 144000"]);
    // One picture for each of 2 hosts, two for each of 8 viewers.
    assert_eq!(counted("cn-2022", &hd), ["hosts av.hd 36000", "viewers av.hd 288000"]);
    // A host receives 921,600 px, HD; a viewer 1,843,200 px, FHD.
    assert_eq!(counted("intl-2024", &hd), ["hosts av.hd 36000", "viewers av.fhd 144000"]);
    // The real size: 2 x 307,200 px are HD.
    let small = scene(2, 8, Sent::Picture(307_200));
    assert_eq!(counted("intl-2024", &small), ["hosts av.hd 36000", "viewers av.hd 144000"]);
    assert_eq!(counted("cn-2022", &small), ["hosts av.sd 36000", "viewers av.sd 288000"]);
}

#[test]
fn who_receives_no_picture_hears() {
    let alone = scene(1, 0, tier("hd"));
    assert_eq!(counted("cn-2022", &alone), ["hosts av.audio 18000"]);
    assert_eq!(counted("intl-2024", &alone), ["hosts av.audio 18000"]);
    assert_eq!(counted("cn-2019b", &alone), ["hosts nothing 0"], "alone = nothing");
    let sound = scene(3, 5, tier("audio"));
    assert_eq!(counted("cn-2022", &sound), ["hosts av.audio 54000", "viewers av.audio 90000"]);
    // Audio streams each: 3 x 2 and 5 x 3.
    assert_eq!(counted("cn-2019b", &sound), ["hosts av.audio 108000", "viewers av.audio 270000"]);
}

#[test]
fn what_no_tier_holds_is_refused() {
    let cards = Cards::embedded();
    let intl = cards.get("intl-2024").unwrap();
    // 5 x 2,073,600 px = 10,368,000 px are more than 4K.
    assert!(scene(6, 0, tier("fhd")).counted(intl).is_err());
    assert!(scene(2, 0, tier("sd")).counted(intl).unwrap_err().help.contains("audio, hd, fhd, 2k, 4k"));
    let vast = Scene { rooms: 10_000_000, ..scene(1000, 10_000_000, tier("hd")) };
    assert!(vast.counted(intl).is_err());
}

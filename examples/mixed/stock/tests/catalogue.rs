use stock::{catalogue, Article};

fn article(name: &str, cents: u64) -> Article {
    Article { name: name.to_owned(), cents }
}

#[test]
fn a_price_list_becomes_a_catalogue_by_name() {
    let prices = "name,price\nTea,4.50\n\"Cup, blue\",12.05\n";
    let expected = vec![article("Cup, blue", 1205), article("Tea", 450)];
    assert_eq!(catalogue(prices.as_bytes()).unwrap(), expected);
}

#[test]
fn what_is_no_price_is_refused() {
    for price in ["4.5", "4", "-4.50", "four", "+1.00", ""] {
        let prices = format!("name,price\nTea,{price}\n");
        assert!(catalogue(prices.as_bytes()).is_err(), "{price}");
    }
}

#[test]
fn the_list_of_the_shop_is_valid() {
    let prices = include_bytes!("../prices.csv");
    assert_eq!(catalogue(prices.as_slice()).unwrap().len(), 3);
}

CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT UNIQUE, price REAL);
CREATE TABLE sale(item INTEGER REFERENCES item, day TEXT, number INTEGER);
CREATE INDEX by_day ON sale(day, item);
CREATE TRIGGER cheap AFTER INSERT ON sale WHEN new.number > 5
  BEGIN UPDATE item SET price = price * 0.9 WHERE id = new.item; END;
WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 8)
  INSERT INTO item SELECT i, printf('item %03d', i * 7 % 8), i * 1.25 FROM n;
BEGIN;
INSERT INTO sale SELECT id, date('2020-01-01', printf('+%d days', id * 3)), id * 5 % 9 FROM item;
SAVEPOINT before; DELETE FROM sale; ROLLBACK TO before;
COMMIT;
SELECT name, round(price, 2), sum(number) OVER (ORDER BY day) FROM item JOIN sale ON item = id
  WHERE name GLOB 'item 0*' ORDER BY price DESC;
SELECT json_group_array(json_object('day', day, 'n', number)) FROM sale WHERE number LIKE '_';
INSERT INTO item VALUES(1, 'twice', 0);
PRAGMA integrity_check;

SELECT t.id, o.id oid FROM items t JOIN marks o ON t.grp = o.grp
SELECT t.id, o.id oid FROM items t LEFT JOIN marks o ON t.grp = o.grp
SELECT t.id, o.id oid FROM items t RIGHT JOIN marks o ON t.grp = o.grp
SELECT t.id, o.id oid FROM items t FULL JOIN marks o ON t.grp = o.grp
SELECT grp, t.id, o.id oid FROM items t JOIN marks o USING (grp)
SELECT t.id, o.id oid FROM items t JOIN marks o ON t.grp = o.grp AND t.i > o.n
SELECT t.id, o.id oid FROM items t LEFT JOIN marks o ON t.grp = o.grp AND o.n > 2
SELECT t.id, o.id oid FROM items t LEFT JOIN marks o ON t.grp = o.grp AND t.b
SELECT t.id, o.id oid FROM items t LEFT JOIN marks o ON t.grp = o.grp WHERE o.n > 2
SELECT t.id, o.id oid FROM items t JOIN marks o ON t.i < o.n
SELECT t.id, o.id oid FROM items t CROSS JOIN marks o WHERE t.i = o.n
SELECT t.id, o.id oid FROM items t, marks o WHERE t.grp = o.grp AND o.n = 1
SELECT t.id, o.id oid FROM items t JOIN marks o ON lower(t.grp) = lower(o.grp)
SELECT t.id, o.id oid FROM items t JOIN marks o ON t.grp IS NOT DISTINCT FROM o.grp
SELECT t.id FROM items t SEMI JOIN marks o ON t.grp = o.grp
SELECT t.id FROM items t ANTI JOIN marks o ON t.grp = o.grp
SELECT a.id, b.id bid FROM items a JOIN items b ON a.grp = b.grp AND a.i = b.i AND a.id < b.id
SELECT a.id, b.label, c.n FROM items a JOIN marks b ON a.grp = b.grp JOIN marks c ON b.id = c.id
SELECT a.id, b.label, c.n FROM items a LEFT JOIN marks b ON a.grp = b.grp LEFT JOIN marks c ON b.id = c.id AND c.n = 1
SELECT o.grp, count(t.id) n FROM marks o LEFT JOIN items t ON o.grp = t.grp AND t.i = 1 GROUP BY o.grp
SELECT grp FROM items UNION ALL SELECT grp FROM marks
SELECT grp FROM items EXCEPT SELECT grp FROM marks
SELECT i FROM items EXCEPT SELECT n FROM marks
SELECT i x FROM items UNION SELECT n FROM marks
SELECT i x FROM items UNION ALL SELECT f FROM items WHERE abs(f) < 100
SELECT id x FROM items UNION ALL BY NAME SELECT id x FROM marks
SELECT grp, b FROM items EXCEPT SELECT grp, b FROM items WHERE b
(SELECT grp FROM items LIMIT 0) UNION SELECT grp FROM marks
SELECT id, row_number() OVER (PARTITION BY grp ORDER BY id) rn FROM items
SELECT id, row_number() OVER (ORDER BY id DESC) rn FROM items
SELECT id, rank() OVER (PARTITION BY grp ORDER BY i) rn FROM items
SELECT id, dense_rank() OVER (PARTITION BY grp ORDER BY i) rn FROM items
SELECT id, rank() OVER (ORDER BY grp, b) rn FROM items
SELECT id, lag(i) OVER (PARTITION BY grp ORDER BY id) rn FROM items
SELECT id, lag(i, 2) OVER (PARTITION BY grp ORDER BY id) rn FROM items
SELECT id, lag(i, 1, -99) OVER (PARTITION BY grp ORDER BY id) rn FROM items
SELECT id, first_value(i) OVER (PARTITION BY grp ORDER BY id) rn FROM items
SELECT id, last_value(i) OVER (PARTITION BY grp ORDER BY id) rn FROM items
SELECT id, last_value(i) OVER (PARTITION BY grp ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) rn FROM items
SELECT id, sum(f) OVER (PARTITION BY grp) rn FROM items WHERE abs(f) < 100
SELECT id, sum(f) OVER (PARTITION BY grp ORDER BY id) rn FROM items WHERE abs(f) < 100
SELECT id, sum(f) OVER (ORDER BY grp) rn FROM items WHERE abs(f) < 100
SELECT id, sum(n) OVER (PARTITION BY grp ORDER BY n) rn FROM marks
SELECT id, count(*) OVER (PARTITION BY grp ORDER BY n) rn FROM marks
SELECT id, sum(n) OVER (PARTITION BY grp ORDER BY id) rn FROM marks
SELECT id, sum(n) OVER (PARTITION BY grp ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) rn FROM marks
SELECT id, sum(n) OVER (PARTITION BY grp ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) rn FROM marks
SELECT id, avg(n) OVER (PARTITION BY grp ORDER BY id) rn FROM marks
SELECT id, min(n) OVER (PARTITION BY grp ORDER BY id) rn FROM marks
SELECT id, max(ts) OVER (PARTITION BY grp) rn FROM marks
SELECT id, max(n) OVER (ORDER BY id) rn FROM marks
SELECT id, count(*) OVER () rn FROM marks
SELECT grp, count(*) c, sum(count(*)) OVER () t FROM marks GROUP BY grp
SELECT grp, count(*) c, rank() OVER (ORDER BY count(*) DESC, grp) t FROM marks GROUP BY grp
SELECT id FROM items QUALIFY row_number() OVER (PARTITION BY grp ORDER BY id) = 1
SELECT id, row_number() OVER w rn FROM items WINDOW w AS (PARTITION BY grp ORDER BY id)
SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY grp ORDER BY i, id) rn FROM items) q WHERE rn <= 2
SELECT id, array_length(tags) n FROM items
SELECT id FROM items CROSS JOIN UNNEST(tags) AS u(t) WHERE t = 'x'
SELECT tags, count(*) n FROM items GROUP BY tags
SELECT id, j -> 'k' ->> 'n' a FROM items
SELECT id, j ->> '$.k[2].z' a FROM items
SELECT id, json_extract_string(j, '$.k.n.m') a FROM items
SELECT id, j ->> 'a.b' a FROM items
SELECT id, j ->> 'a b' a FROM items
SELECT id, j ->> 0 a FROM items
SELECT id, json_extract_string(j, 'k') a FROM items
SELECT id, json_extract_string(j, '$') a FROM items
SELECT id FROM items WHERE (j ->> 'k') = '1'
SELECT id FROM items WHERE j ->> 'k' IS NOT NULL
SELECT id, CAST(j ->> 'k' AS INTEGER) a FROM items WHERE (j ->> 'k') = '1'
WITH a AS (SELECT grp, count(*) n FROM items GROUP BY grp), b AS (SELECT grp, sum(n) m FROM marks GROUP BY grp) SELECT a.grp, n, m FROM a LEFT JOIN b ON a.grp = b.grp
WITH messages AS (SELECT id FROM items) SELECT count(*) n FROM messages
WITH a AS (SELECT id FROM items), a2 AS (SELECT id FROM a) SELECT count(*) n FROM a2
SELECT (SELECT count(*) FROM marks) n, count(*) m FROM items
SELECT grp AS g, count(*) FROM items GROUP BY g
SELECT f, count(*) n FROM items GROUP BY f
SELECT sum(b::int) a FROM items
SELECT sum(b) a FROM items
SELECT grp, count(*) n FROM items GROUP BY grp ORDER BY n DESC, grp LIMIT 3
SELECT grp, count(*) n FROM items GROUP BY grp ORDER BY count(*) DESC, grp
SELECT grp FROM items GROUP BY grp ORDER BY max(id)
SELECT count(*) n FROM items WHERE s = 'NULL' OR s = 'null'
SELECT id FROM items ORDER BY s, id
SELECT id FROM items ORDER BY b, id
SELECT t.id, o.id oid FROM items t LEFT JOIN marks o ON o.n > 2 AND t.grp = o.grp
SELECT t.id, o.id oid FROM items t LEFT JOIN marks o ON t.grp = o.grp AND o.label = 'L1'
SELECT t.id, o.id oid FROM items t LEFT JOIN marks o ON t.grp = o.grp AND t.i > 0
SELECT t.id, o.id oid FROM items t RIGHT JOIN marks o ON t.grp = o.grp AND o.n > 2
SELECT t.id, o.id oid FROM items t FULL JOIN marks o ON t.grp = o.grp AND o.n > 2
SELECT t.id, o.id oid FROM items t JOIN marks o ON t.grp = o.grp AND o.n > 2
SELECT t.id, o.id oid FROM items t JOIN marks o ON t.grp = o.grp AND t.i = 1
SELECT t.id, o.id oid FROM items t LEFT JOIN marks o ON t.grp = o.grp AND o.n IS NULL
SELECT t.id, o.id oid FROM items t LEFT JOIN marks o ON t.grp = o.grp AND t.ts < o.ts
SELECT t.id, o.id oid FROM items t LEFT JOIN marks o ON t.grp = o.grp AND t.i < o.n
SELECT t.id, o.id oid FROM items t LEFT JOIN marks o ON t.i < o.n
SELECT t.id, o.label FROM items t LEFT JOIN marks o ON t.grp = o.grp AND o.ts >= '2025-02-01'
SELECT t.id, o.label FROM items t LEFT JOIN marks o ON t.grp = o.grp AND o.month = '2025-03'
SELECT t.id FROM items t ANTI JOIN marks o ON t.grp = o.grp AND o.n > 2
SELECT t.id FROM items t SEMI JOIN marks o ON t.grp = o.grp AND o.n > 2
SELECT t.id FROM items t LEFT JOIN marks o ON t.grp = o.grp WHERE o.n IS NULL
SELECT id FROM items WHERE b IS NOT FALSE
SELECT id FROM items WHERE (i > 3) IS NOT TRUE
SELECT sum(i + 0.0) s FROM items WHERE 1 = 0
SELECT sum(2) s FROM items
SELECT sum(2) s FROM items WHERE id = 'zz'
SELECT max(2) s, count(2) c FROM items WHERE id = 'zz'
SELECT sum(CASE WHEN b THEN 1 ELSE 0 END) s FROM items WHERE id = 'zz'
SELECT grp, sum(CASE WHEN b THEN 1 END) s FROM items WHERE b IS NULL GROUP BY grp
SELECT count(*) n FROM items WHERE id = 'zz' GROUP BY grp
SELECT count(*) n FROM items HAVING count(*) > 1000
SELECT lower(grp) AS grp, count(*) n FROM items GROUP BY grp
SELECT lower(grp) AS grp, count(*) n FROM items GROUP BY 1
SELECT lower(grp) AS grp, count(*) n FROM items GROUP BY lower(grp)
SELECT coalesce(grp, '?') AS grp, count(*) n FROM items GROUP BY grp
SELECT i * -1 AS i, id FROM items WHERE i BETWEEN 0 AND 10 ORDER BY i, id
SELECT DISTINCT grp FROM items ORDER BY grp DESC NULLS LAST LIMIT 2
SELECT DISTINCT lower(grp) g FROM items ORDER BY g
SELECT count(DISTINCT lower(grp)) g FROM items
SELECT id, avg(n) OVER (ORDER BY id) a FROM marks
SELECT id, count(DISTINCT n) OVER (PARTITION BY grp) a FROM marks
SELECT id, first_value(n) OVER (PARTITION BY grp ORDER BY id DESC) a FROM marks
SELECT id, max(n) OVER (PARTITION BY grp ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) a FROM marks
SELECT id, max(n) OVER (PARTITION BY grp ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) a FROM marks
SELECT id, sum(n) OVER (PARTITION BY grp ORDER BY id ROWS UNBOUNDED PRECEDING) a FROM marks
SELECT id, sum(n) OVER (PARTITION BY grp ORDER BY id RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) a FROM marks
SELECT id, avg(n) OVER (PARTITION BY grp ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) a FROM marks
SELECT id, row_number() OVER (PARTITION BY grp ORDER BY label, id) a FROM marks
SELECT id, row_number() OVER (PARTITION BY grp ORDER BY ts, id) a FROM marks
SELECT id, row_number() OVER (PARTITION BY grp ORDER BY ts NULLS LAST, id) a FROM marks
SELECT id, lag(ts) OVER (PARTITION BY grp ORDER BY ts, id) a FROM marks
SELECT id, ts - lag(ts) OVER (PARTITION BY grp ORDER BY id) a FROM marks
SELECT grp, count(*) * 100.0 / sum(count(*)) OVER () AS pct FROM marks GROUP BY grp
SELECT count(*) * 100.0 / (SELECT count(*) FROM items) AS pct FROM marks
SELECT month, count(*) n, lag(count(*)) OVER (ORDER BY month) p FROM items GROUP BY month
SELECT id, sum(n) OVER (PARTITION BY grp, label) a FROM marks
SELECT id FROM items WHERE ts IS NULL
SELECT id FROM items WHERE month <> '2025-01'
SELECT id FROM items WHERE month IN ('2025-01', '2024-12')
SELECT id FROM items WHERE month NOT IN ('2025-01', '2024-12')
SELECT id FROM items WHERE NOT (month = '2025-01')
SELECT id FROM items WHERE coalesce(month, 'x') = 'x'
SELECT id FROM items WHERE source = 'nope' OR month = '2025-01'
SELECT id FROM items WHERE extract(year FROM date) = 2025
SELECT id FROM items WHERE date_trunc('month', ts) = '2025-03-01'
SELECT id FROM items WHERE date_trunc('month', ts) = TIMESTAMP '2025-03-01'
SELECT id FROM items WHERE ts AT TIME ZONE 'Europe/Berlin' >= TIMESTAMP '2025-03-30 03:00:00'
SELECT id FROM items WHERE CAST(ts AT TIME ZONE 'Europe/Berlin' AS DATE) = DATE '2025-01-01'
SELECT sum(i * 1.0) x FROM items
SELECT sum(n) x FROM marks
SELECT grp, sum(i) x FROM items GROUP BY grp
SELECT id, sum(i) OVER (PARTITION BY grp) x FROM items
SELECT month, count(*) n FROM items WHERE month <> '2025-01' GROUP BY month
SELECT month, count(*) n FROM items WHERE month < '2025-01' GROUP BY month
SELECT month, count(*) n FROM items WHERE month = '2025-01' GROUP BY month
SELECT date, count(*) n FROM items WHERE date <> '2025-01-01' GROUP BY date
SELECT month, count(*) n FROM items WHERE month <> '2025-01' AND id > '' GROUP BY month
SELECT month, count(*) n FROM items WHERE (month = '2025-01') = false GROUP BY month
SELECT month, count(*) n FROM items WHERE NOT (month = '2025-01' AND grp = 'a') GROUP BY month
SELECT month, count(*) n FROM items WHERE month <> '2025-01' OR grp = 'a' GROUP BY month
SELECT month, count(*) n FROM items WHERE month > '2025-01' OR month < '2025-01' GROUP BY month
SELECT t.id, o.id oid FROM items t JOIN marks o ON t.grp = o.grp AND o.month = '2025-03'
SELECT t.id, o.id oid FROM items t JOIN marks o ON t.grp = o.grp AND t.month = '2025-03'
SELECT t.id, o.id oid FROM items t JOIN marks o ON t.grp = o.grp AND o.id > 'o3'
SELECT t.id, o.id oid FROM items t LEFT JOIN marks o ON t.grp = o.grp WHERE o.month = '2025-03'
SELECT t.id, o.id oid FROM items t JOIN marks o ON t.grp = o.grp AND o.ts >= TIMESTAMP '2025-02-01'
SELECT t.id, o.id oid FROM items t JOIN marks o ON t.grp = o.grp WHERE o.ts >= '2025-02-01'
SELECT t.id, o.id oid FROM items t JOIN marks o ON t.grp = o.grp AND t.id <> o.id AND t.ts = o.ts
SELECT t.id, o.ts, t.ts tts FROM items t JOIN marks o ON t.grp = o.grp
SELECT t.month, o.month om, count(*) n FROM items t JOIN marks o ON t.grp = o.grp GROUP BY t.month, o.month
SELECT o.month, count(*) n FROM items t JOIN marks o ON t.grp = o.grp GROUP BY o.month
SELECT o.month, count(*) n FROM items t LEFT JOIN marks o ON t.grp = o.grp GROUP BY 1
SELECT o.month AS month, count(*) n FROM items t JOIN marks o ON t.grp = o.grp GROUP BY ALL ORDER BY o.month
SELECT max(o.ts) a, max(t.ts) b FROM items t JOIN marks o ON t.grp = o.grp
SELECT o.grp, max(o.ts) a, max(t.ts) b FROM items t JOIN marks o ON t.grp = o.grp GROUP BY o.grp
SELECT sum(o.n) a FROM items t JOIN marks o ON t.grp = o.grp GROUP BY o.grp HAVING max(o.ts) > TIMESTAMP '2025-03-01'
SELECT count(*) FILTER (WHERE o.month = '2025-03') a FROM items t JOIN marks o ON t.grp = o.grp
SELECT CASE WHEN o.month = '2025-03' THEN 'm' ELSE 'n' END x, count(*) n FROM items t JOIN marks o ON t.grp = o.grp GROUP BY 1
SELECT row_number() OVER (PARTITION BY o.id ORDER BY t.id) rn, t.id, o.id oid FROM items t JOIN marks o ON t.grp = o.grp
SELECT t.id FROM items t JOIN marks o ON t.grp = o.grp ORDER BY o.id, t.id LIMIT 5
SELECT DISTINCT o.month FROM items t JOIN marks o ON t.grp = o.grp
SELECT a.id, b.id bid, c.id cid FROM marks a JOIN marks b ON a.grp = b.grp JOIN marks c ON c.grp = b.grp WHERE b.n = 1 AND c.n = 2 AND a.n = 3
SELECT a.n, b.n bn, c.n cn FROM marks a JOIN marks b ON a.grp = b.grp JOIN marks c ON c.grp = b.grp WHERE a.id < b.id AND b.id < c.id
SELECT t.id FROM items t LEFT JOIN marks o ON t.grp = o.grp AND t.month = o.month
SELECT t.id, o.id oid FROM items t LEFT JOIN marks o ON t.grp = o.grp AND t.month = o.month WHERE o.id IS NULL
SELECT t.id, o.id oid FROM items t LEFT JOIN marks o ON t.grp = o.grp AND t.source = o.source AND o.n = 1
SELECT t.id, u.lab FROM items t LEFT JOIN (SELECT grp g, max(label) lab FROM marks GROUP BY grp) u ON u.g = t.grp
SELECT t.id, u.lab FROM items t LEFT JOIN (SELECT grp, max(label) lab FROM marks GROUP BY grp) u ON u.grp = t.grp
SELECT t.id FROM items t JOIN marks o ON o.grp = t.grp AND o.label LIKE 'L%'
SELECT t.id FROM items t JOIN marks o ON o.grp = t.grp OR o.n = t.i
SELECT t.id FROM items t JOIN marks o ON o.grp = t.grp AND (o.n = 1 OR o.n = 2)
SELECT t.id, o.id oid FROM items t JOIN marks o ON t.grp = o.grp AND t.i BETWEEN 0 AND o.n
SELECT t.id, o.id oid FROM items t JOIN marks o ON t.grp = o.grp ORDER BY o.id, t.id
SELECT t.id FROM items t JOIN marks o ON t.grp = o.grp ORDER BY o.id, t.id
SELECT t.id, o.id oid FROM items t JOIN marks o ON t.grp = o.grp ORDER BY t.id, o.id
SELECT t.id, o.id oid FROM items t JOIN marks o ON t.grp = o.grp ORDER BY t.ts, o.ts, t.id, o.id
SELECT grp, id FROM items ORDER BY grp, grp, id LIMIT 5
SELECT id, grp FROM items ORDER BY id, id LIMIT 5
SELECT id FROM items ORDER BY 1, id LIMIT 5
SELECT id, upper(id) u FROM items ORDER BY upper(id), id LIMIT 5
SELECT id, i FROM items ORDER BY i, id LIMIT 5
SELECT id, i FROM items ORDER BY i DESC NULLS LAST, id DESC LIMIT 5
SELECT id, i FROM items ORDER BY i NULLS FIRST, id LIMIT 5 OFFSET 20
SELECT id, b FROM items ORDER BY b NULLS FIRST, id LIMIT 50
SELECT a.id, b.id bid FROM marks a CROSS JOIN marks b ORDER BY b.id, a.id LIMIT 5
SELECT source, month, date, count(*) n FROM items GROUP BY source, month, date
SELECT grp, i, count(*) n FROM items GROUP BY grp, i HAVING count(*) > 1 AND grp IS NOT NULL
SELECT grp, count(*) n, count(i) m, count(*) - count(i) nulls FROM items GROUP BY grp
SELECT grp, round(avg(f), 3) a FROM items WHERE f BETWEEN -10 AND 10 GROUP BY grp
SELECT grp, sum(CASE WHEN i > 0 THEN 1 ELSE 0 END) * 1.0 / count(*) share FROM items GROUP BY grp
SELECT count(*) / 7 a, count(*) % 7 b FROM items
SELECT id, length(s) > 3 x FROM items
SELECT id, extract(dow FROM d) x FROM items
SELECT id, extract(hour FROM ts) * 60 + extract(minute FROM ts) x FROM items
SELECT date_trunc('day', ts) x, count(*) n FROM items GROUP BY 1 ORDER BY 1
SELECT date_trunc('month', ts AT TIME ZONE 'America/New_York') x, count(*) n FROM items GROUP BY 1
SELECT extract(dow FROM ts AT TIME ZONE 'Asia/Tokyo') x, count(*) n FROM items GROUP BY 1
SELECT id, (ts AT TIME ZONE 'Europe/Berlin') AT TIME ZONE 'Europe/Berlin' x FROM items
SELECT id, ts AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin' x FROM items
SELECT TIMESTAMP '2025-10-26 02:30:00' AT TIME ZONE 'Europe/Berlin' x
SELECT id, ts AT TIME ZONE 'EST' x FROM items
SELECT avg(extract(epoch FROM ts)) x FROM items
SELECT id FROM items WHERE month = strftime(ts, '%Y-%m')
SELECT id FROM items WHERE month <> strftime(ts, '%Y-%m')
SELECT id FROM items WHERE substr(month, 1, 4) = '2025'
SELECT id FROM items WHERE month > '2024'
SELECT id FROM items WHERE month BETWEEN '2024-12' AND '2025-03'
SELECT id FROM items WHERE month IS NOT NULL
SELECT id FROM items WHERE month IN ('2025-01') AND i > 0
SELECT id FROM items WHERE month NOT LIKE '2025%'
SELECT id FROM items WHERE NOT (source = 't' AND month = '2025-01')
SELECT id FROM items WHERE month = '2025-01' OR b
SELECT id FROM items WHERE (month = '2025-01') IS NULL
SELECT id FROM items WHERE month IS DISTINCT FROM '2025-01'
SELECT count(*) n FROM items WHERE month <> '2025-01'
SELECT count(*) n FROM items WHERE month IS NULL AND i > 0
SELECT o.month, t.month tm FROM marks o JOIN items t ON o.month = t.month AND o.id = 'o1'
SELECT o.id, t.id tid FROM marks o LEFT JOIN items t ON o.month = t.month
SELECT o.id FROM marks o WHERE o.month NOT IN (SELECT month FROM items WHERE month IS NOT NULL)
SELECT o.id FROM marks o WHERE o.grp IN (SELECT grp FROM items WHERE i > 0 GROUP BY grp HAVING count(*) > 2)
SELECT id, j ->> 'k' x, count(*) OVER (PARTITION BY j ->> 'k') n FROM items
SELECT j ->> 'k' x, count(*) n FROM items GROUP BY 1
SELECT id, (j ->> '$.k[0]')::int x FROM items
SELECT id, j -> 'k' -> 2 ->> 'z' x FROM items
SELECT id, extra ->> 'i' x FROM items WHERE extra IS NOT NULL
SELECT count(*) n FROM items WHERE date <> '2025-01-01'
SELECT count(*) n FROM items WHERE NOT (date = '2025-01-01')
SELECT count(*) n FROM items WHERE date < '2025-01-01'
SELECT count(*) n FROM items WHERE date > '2025-01-01'
SELECT count(*) n FROM items WHERE date NOT BETWEEN '2025-01-01' AND '2025-02-01'
SELECT count(*) n FROM items WHERE date IS NULL
SELECT count(*) n FROM items WHERE extract(year FROM date) = 2025
SELECT count(*) n FROM items WHERE ts < '2025-01-01' AND date > '2024-01-01'
SELECT date, count(*) n FROM items GROUP BY date
SELECT id, j ->> 'a b' x, j ->> 'a.b' y FROM items
SELECT id, extract(month FROM ts) * 100 + extract(day FROM ts) x FROM items
SELECT id, extract(year FROM ts) * 10000 + extract(month FROM ts) * 100 + extract(day FROM ts) x FROM items
SELECT id, extract(hour FROM ts) + 120 x FROM items
SELECT id, extract(hour FROM ts) * 3600 x FROM items
SELECT id, extract(hour FROM ts) - 200 x FROM items
SELECT id, extract(year FROM ts) * 12 + extract(month FROM ts) x FROM items
SELECT id, extract(hour FROM ts) / 24 x FROM items
SELECT id, extract(hour FROM ts) * 60.0 x FROM items
SELECT avg(extract(hour FROM ts) * 60 + extract(minute FROM ts)) x FROM items
SELECT extract(hour FROM ts) * 60 + extract(minute FROM ts) m, count(*) n FROM items GROUP BY 1
SELECT id FROM items WHERE extract(hour FROM ts) * 60 >= 720
SELECT id FROM items WHERE extract(hour FROM ts) BETWEEN 9 AND 17
SELECT id, length(s) * 100000000 x FROM items
SELECT count(*) - 200 x FROM items
SELECT count(i) - count(*) x FROM items
SELECT grp, count(i) - count(*) x FROM items GROUP BY grp
SELECT id, length(grp) - 5 x FROM items
SELECT count(DISTINCT grp) - count(*) x FROM items
SELECT id, strpos(s, 'l') - 5 x FROM items WHERE s IS NOT NULL
SELECT id, array_length(tags) - 5 x FROM items
SELECT id, row_number() OVER (ORDER BY id) - 200 x FROM items
SELECT id, row_number() OVER (ORDER BY id) - lag(i) OVER (ORDER BY id) x FROM items WHERE i BETWEEN -10 AND 10
SELECT -count(*) x FROM items
SELECT abs(count(i) - count(*)) x FROM items
SELECT sum(length(s)) - 100000 x FROM items
SELECT sum(n) - 1000 x FROM marks
SELECT avg(i) x, sum(i) / count(i) y FROM items WHERE i BETWEEN -10 AND 10
SELECT count(*) FILTER (WHERE b) - count(*) FILTER (WHERE NOT b) x FROM items
SELECT sum(CASE WHEN b THEN 1 ELSE -1 END) x FROM items
SELECT count(1) x FROM items WHERE id = 'none'
SELECT grp, count(1) x FROM items GROUP BY grp
SELECT avg(1) x, min(5) y, sum(0.5) z FROM items
SELECT grp, sum(1) x, avg(2) y FROM items GROUP BY grp
SELECT grp, sum(1) FILTER (WHERE b) x FROM items GROUP BY grp
SELECT sum(CASE WHEN 1 = 1 THEN 1 ELSE 0 END) x FROM items
SELECT grp, sum(1 + 0) x FROM items GROUP BY grp
SELECT id, sum(1) OVER (PARTITION BY grp) x FROM items
SELECT id, count(1) OVER (PARTITION BY grp) x FROM items
SELECT count(*) x FROM (SELECT 1 y FROM items) q
SELECT grp, 'k' x FROM items GROUP BY grp
SELECT 'k' x, count(*) n FROM items
SELECT 'k' x, grp FROM items GROUP BY grp
SELECT id FROM items WHERE 'a' = 'b'
SELECT grp FROM items GROUP BY grp ORDER BY count(*) DESC, grp LIMIT 2
SELECT grp, sum(f) s FROM items WHERE f < 10 GROUP BY grp ORDER BY count(*) DESC, grp
SELECT grp, max(id) m FROM items GROUP BY grp ORDER BY min(id)
SELECT month FROM marks GROUP BY month ORDER BY count(*) DESC, month
SELECT n, count(*) * n x FROM marks WHERE n IS NOT NULL GROUP BY n
SELECT n, sum(n) / n x FROM marks WHERE n IS NOT NULL GROUP BY n
SELECT grp, count(*) - length(grp) x FROM marks GROUP BY grp
SELECT grp FROM marks GROUP BY grp HAVING count(*) > 5 AND grp > 'A'
SELECT label, n, n - lag(n) OVER (ORDER BY label) x FROM (SELECT label, count(*) n FROM marks WHERE label IS NOT NULL GROUP BY label) q
SELECT min(n) - 5 x FROM (SELECT grp, count(*) n FROM marks GROUP BY grp) q
SELECT t.id FROM items t WHERE EXISTS (SELECT 1 FROM marks o WHERE o.grp = t.grp AND o.n > t.i) ORDER BY 1
SELECT t.id FROM items t WHERE NOT EXISTS (SELECT 1 FROM marks o WHERE o.grp = t.grp AND o.n > t.i) ORDER BY 1
SELECT t.id FROM items t WHERE t.i IN (SELECT n FROM marks o WHERE o.grp = t.grp) ORDER BY 1
SELECT t.id, t.i IN (SELECT n FROM marks) x FROM items t ORDER BY 1
SELECT t.id, o.id oid FROM items t RIGHT JOIN marks o ON t.grp = o.grp AND t.i > o.n ORDER BY 1, 2
SELECT grp, count(*) n FROM items a FULL JOIN marks b USING (grp) GROUP BY grp ORDER BY 1
SELECT id, sum(n) OVER (PARTITION BY grp ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) x FROM marks ORDER BY id
SELECT id, avg(n) OVER (ORDER BY id ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) x FROM marks ORDER BY id
SELECT id, sum(n) OVER (ORDER BY label, grp) x FROM marks ORDER BY id
SELECT grp, CASE WHEN count(*) > 15 THEN 'many' ELSE grp END x FROM items GROUP BY grp ORDER BY grp
SELECT count(*) FILTER (WHERE b) OVER (PARTITION BY grp) y, id FROM items ORDER BY id
SELECT grp, count(*) n FROM items WHERE i > (SELECT avg(n) FROM marks) GROUP BY grp HAVING count(*) > (SELECT count(*) / 20 FROM marks) ORDER BY 1
SELECT id FROM items ORDER BY count(*) OVER (PARTITION BY grp), id
WITH a AS (SELECT grp, count(*) n FROM items GROUP BY grp) SELECT a.grp, n * 2 AS m FROM a ORDER BY n, grp
SELECT id, n + 1 x, strpos(label, 'L') p FROM marks WHERE n > 100

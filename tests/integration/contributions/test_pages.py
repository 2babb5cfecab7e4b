async def test_pages(desk):
    from uuid import UUID
    async with desk.at_work():
        s = await desk.know()
        h = desk.moderator("75")
        c = desk.client
        for path in ["/contribuer", "/structures/"+s.slug+"/corriger"]:
            a = await c.get(path); assert a.status_code == 200, a.text
        a = await c.post("/contribuer", data={"name":"<b>x","postcode":"7","phone":["abc"],"hours_mo_from_1":"09:00","category":["shower","zzz"],"position":"1,1"}); print(a.status_code)
        assert a.status_code == 422; 
        import re; print(re.findall(r'<div class="notice-body">.*?</ul>', a.text, re.S)[0])
        a = await c.post("/contribuer", data={"name":"Lieu","postcode":"75018","city":"Paris","category":["shower"],"email":"a@example.org"}); print(a.status_code, a.headers)
        assert a.status_code == 303
        a = await c.get(a.headers["location"]); assert a.status_code==200
        i = await desk.corrected(s, opening_hours="Mo-Fr 09:00-18:00", name="Accueil de jour des quatre ponts")
        a = await c.get("/moderation", headers=h); assert a.status_code==200, a.text
        a = await c.get("/moderation/"+i, headers=h); assert a.status_code==200, a.text
        a = await c.post(f"/moderation/{i}/approuver", data={"approval_reason":"ok"}, headers=h); assert a.status_code==303, a.text
        a = await c.get("/moderation/"+i, headers=h); assert a.status_code==200, a.text
        a = await c.get(f"/moderation/{i}/parcours", headers=h); assert a.status_code==200, a.text

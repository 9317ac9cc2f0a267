namespace LakebaseOps.Dumps.Definitions.Catalog;

/// <summary>
/// The order in which objects can be made: what is needed first, else by kind and name. What needs something made after the rows goes
/// there too; circles are opened as pg_dump opens them.
/// </summary>
internal sealed class DependencyOrder(DependencyGraph graph, List<DraftObject> objects)
{
    private static readonly string[] Kinds =
    [
        "SCHEMA", "EXTENSION", "COLLATION", "TYPE", "DOMAIN", "FUNCTION", "PROCEDURE", "OPERATOR", "AGGREGATE", "CAST",
        "TEXT SEARCH DICTIONARY", "TEXT SEARCH CONFIGURATION", "TABLE", "TABLE ATTACH", "SEQUENCE", "SEQUENCE OWNED BY", "DEFAULT", "VIEW",
        "MATERIALIZED VIEW", "SEQUENCE SET", "CHECK CONSTRAINT", "CONSTRAINT", "INDEX", "INDEX ATTACH", "STATISTICS", "RULE", "TRIGGER",
        "FK CONSTRAINT", "POLICY", "ROW SECURITY", "MATERIALIZED VIEW DATA", "EVENT TRIGGER",
    ];

    /// <summary>What each object needs, once sorted.</summary>
    public Dictionary<DraftObject, HashSet<DraftObject>> Needs { get; private set; } = [];

    /// <summary>All objects in order, or those of a circle that cannot be opened.</summary>
    public (List<DraftObject> Order, List<DraftObject> Circle) Sort()
    {
        while (true)
        {
            Needs = graph.Needs(objects);
            if (MoveBehindRows())
                continue;
            AddRefreshes();
            List<DraftObject> order = Walk();
            if (order.Count == Needs.Count)
                return (order, []);
            List<DraftObject> circle = Circle([.. Needs.Keys.Except(order)]);
            if (!Open(circle))
                return (order, circle);
        }
    }

    /// <summary>One step of: what needs something that is made after the rows is made after the rows.</summary>
    private bool MoveBehindRows()
    {
        bool changed = false;
        foreach ((DraftObject one, HashSet<DraftObject> needed) in Needs)
        {
            if (one.Section == DumpSection.PostData || one.IsDummy || !needed.Any(other => other.Section == DumpSection.PostData))
                continue;
            // A table cannot come after its own rows: the circle that this is will be named.
            if (one.Kind is "TABLE" or "SEQUENCE" or "TABLE ATTACH" or "SCHEMA")
                continue;
            if (one.Kind == "VIEW")
                MakeDummy(one);
            else
                one.Section = DumpSection.PostData;
            changed = true;
            if (one.IsDummy)
                break;
        }

        return changed;
    }

    private void MakeDummy(DraftObject view)
    {
        view.IsDummy = true;
        objects.Add(new DraftObject
        {
            Key = new DraftKey(DraftPart.Nothing, view.Key.Oid),
            // As pg_dump calls it: a view is a table with a rule of this name.
            Kind = "RULE",
            Schema = view.Schema,
            Name = $"{view.Name} _RETURN",
            Head = "CREATE OR REPLACE " + view.Tail,
            Relation = view.Relation,
            Section = DumpSection.PostData,
            Real = view,
        });
    }

    /// <summary>A materialised view is filled after those that it reads, through whatever views and functions lie between.</summary>
    private void AddRefreshes()
    {
        Dictionary<DraftObject, HashSet<DraftObject>> whole = graph.Needs(objects, whole: true);
        Dictionary<uint, DraftObject> refreshes = Needs.Keys.Where(one => one.Key.Catalog == DraftPart.Refresh).ToDictionary(one => one.Key.Oid);
        foreach (DraftObject refresh in refreshes.Values)
        {
            HashSet<DraftObject> seen = [.. whole[refresh]];
            Stack<DraftObject> open = new(seen);
            while (open.TryPop(out DraftObject? next))
            {
                if (next.Key.Catalog == DraftPart.Class && next.Key.Oid != refresh.Key.Oid && refreshes.TryGetValue(next.Key.Oid, out DraftObject? before))
                    Needs[refresh].Add(before);
                if (next.IsDummy && objects.Find(one => one.Real == next) is DraftObject real)
                    Needs[refresh].Add(real);
                foreach (DraftObject needed in whole[next].Where(seen.Add))
                    open.Push(needed);
            }
        }
    }

    private List<DraftObject> Walk()
    {
        Dictionary<DraftObject, int> waiting = Needs.ToDictionary(entry => entry.Key, entry => entry.Value.Count);
        ILookup<DraftObject, DraftObject> needing = Needs.SelectMany(entry => entry.Value, (entry, needed) => (needed, entry.Key)).ToLookup(pair => pair.needed, pair => pair.Key);
        PriorityQueue<DraftObject, DraftObject> ready = new(Comparer<DraftObject>.Create(Compare));
        foreach (DraftObject one in Needs.Keys.Where(one => waiting[one] == 0))
            ready.Enqueue(one, one);
        List<DraftObject> order = [];
        while (ready.TryDequeue(out DraftObject? next, out _))
        {
            order.Add(next);
            foreach (DraftObject one in needing[next])
            {
                if (--waiting[one] == 0)
                    ready.Enqueue(one, one);
            }
        }

        return order;
    }

    /// <summary>Among what is left, somebody always waits for somebody; whoever is met twice is in a circle.</summary>
    private List<DraftObject> Circle(HashSet<DraftObject> left)
    {
        List<DraftObject> path = [];
        DraftObject at = left.Order(Comparer<DraftObject>.Create(Compare)).First();
        while (!path.Contains(at))
        {
            path.Add(at);
            at = Needs[at].Where(left.Contains).Order(Comparer<DraftObject>.Create(Compare)).First();
        }

        return path[path.IndexOf(at)..];
    }

    private bool Open(List<DraftObject> circle)
    {
        if (circle.Find(one => one.Kind == "VIEW" && !one.IsDummy && one.Real is null) is DraftObject view)
        {
            MakeDummy(view);
            return true;
        }

        if (circle.Find(one => one.Checks.Count > 0) is not DraftObject checkedOne)
            return false;
        foreach (DraftObject check in checkedOne.Checks)
            check.Inside = null;
        checkedOne.Checks.Clear();
        return true;
    }

    private static int Compare(DraftObject? one, DraftObject? other)
    {
        int section = one!.Section.CompareTo(other!.Section);
        int kind = section != 0 ? section : Array.IndexOf(Kinds, one.Kind).CompareTo(Array.IndexOf(Kinds, other.Kind));
        int schema = kind != 0 ? kind : string.CompareOrdinal(one.Schema, other.Schema);
        return schema != 0 ? schema : string.CompareOrdinal(one.Name, other.Name);
    }
}

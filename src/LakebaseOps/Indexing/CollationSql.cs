namespace LakebaseOps.Indexing;

/// <summary>
/// What the server compares texts by, as SQL. There are two questions, and C.UTF-8 is where their answers differ: it orders by code
/// points, which no library changes, and yet has no abbreviated keys, so that sorting by it takes about twice the time.
/// </summary>
internal static class CollationSql
{
    /// <summary>
    /// Collations whose keys the sort abbreviates by their bytes: comparing takes one machine word in most cases. Those of ICU it abbreviates too, but the
    /// library makes each: 4 million keys of 32 characters took 4.9 s with ICU, 5.7 s with the C.UTF-8 of the operating system, 3.2 s with C (one process).
    /// </summary>
    private const string Abbreviated = "'C', 'POSIX'";

    /// <summary>Collations whose order no update of the operating system or of ICU can change.</summary>
    private const string Lasting = Abbreviated + ", 'C.UTF-8', 'C.utf8'";

    /// <summary>
    /// The locale of a pg_collation row l, the database's (a pg_database row d) where that is the default one; NULL for none. "icu" stands for every
    /// locale of ICU. PostgreSQL's own provider ('b', from 17 on) has C.UTF-8 too, whose keys it abbreviates as those of C.
    /// </summary>
    private const string Locale =
        """
        coalesce(CASE WHEN l.collname = 'default' THEN CASE d.datlocprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'C' ELSE d.datcollate END END,
                 CASE l.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'C' ELSE l.collcollate END)
        """;

    /// <summary>True where comparing takes the collation's library, and builds and lookups their time.</summary>
    public const string IsSlow = "NOT (" + Locale + " IN (" + Abbreviated + "))";

    /// <summary>True where an update of the library can change the order, and so break a unique index.</summary>
    public const string CanChange = Locale + " NOT IN (" + Lasting + ")";
}

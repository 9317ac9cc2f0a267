using System.Text;
using LakebaseOps.Dumps.Definitions;

namespace LakebaseOps.Dumps.Folders;

/// <summary>Objects as files of SQL that psql runs and people read, and back from there.</summary>
internal static class SchemaFiles
{
    private const string Settings =
        """
        SET statement_timeout = 0;
        SET lock_timeout = 0;
        SET client_encoding = 'UTF8';
        SET standard_conforming_strings = on;
        SELECT pg_catalog.set_config('search_path', '', false);
        SET check_function_bodies = false;
        SET xmloption = content;
        SET client_min_messages = warning;
        SET row_security = off;


        """;

    /// <summary>Both files' bytes and where each object's SQL lies in them.</summary>
    public static (byte[] PreData, byte[] PostData, IReadOnlyList<ManifestObject> Objects) Write(IReadOnlyList<DumpObject> objects)
    {
        using MemoryStream before = Begin();
        using MemoryStream after = Begin();
        List<ManifestObject> written = [];
        foreach (DumpObject one in objects)
        {
            MemoryStream file = one.Section == DumpSection.PreData ? before : after;
            file.Write(Encoding.UTF8.GetBytes(Heading(one)));
            byte[] sql = Encoding.UTF8.GetBytes(one.Sql);
            written.Add(new ManifestObject
            {
                Section = one.Section,
                Kind = one.Kind,
                Schema = one.Schema,
                Name = one.Name,
                Owner = one.Owner.Length == 0 ? null : one.Owner,
                OwnerSql = one.OwnerSql,
                Relation = one.Relation,
                Needs = one.Needs.Count == 0 ? null : one.Needs,
                NeedsObjects = one.NeedsObjects.Count == 0 ? null : one.NeedsObjects,
                Offset = file.Position,
                Length = sql.Length,
            });
            file.Write(sql);
            file.Write(Encoding.UTF8.GetBytes(one.OwnerSql is null ? "\n\n" : $"\n{one.OwnerSql}\n\n"));
        }

        return (before.ToArray(), after.ToArray(), written);
    }

    /// <summary>An object from the bytes of its section's file.</summary>
    /// <exception cref="LakebaseException">DumpDamaged: its SQL would lie outside of the file.</exception>
    public static DumpObject Read(ManifestObject one, ReadOnlySpan<byte> file, string path)
    {
        if (one.Offset < 0 || one.Length < 0 || one.Offset > file.Length - one.Length)
            throw DumpFault.Damaged(path, $"it ends before {one.Kind} {one.Schema}.{one.Name}");
        string sql = Encoding.UTF8.GetString(file.Slice((int)one.Offset, one.Length));
        return new DumpObject(one.Section, one.Kind, one.Schema, one.Name, sql)
        {
            Owner = one.Owner ?? "",
            OwnerSql = one.OwnerSql,
            Relation = one.Relation,
            Needs = one.Needs ?? [],
            NeedsObjects = one.NeedsObjects ?? [],
        };
    }

    private static MemoryStream Begin()
    {
        MemoryStream file = new();
        file.Write(Encoding.UTF8.GetBytes(Settings.ReplaceLineEndings("\n")));
        return file;
    }

    private static string Heading(DumpObject one)
    {
        string name = one.Schema.Length == 0 ? one.Name : $"{one.Schema}.{one.Name}";
        // A name may hold a line end, and what follows it would be run.
        string text = $"{one.Kind} {name}{(one.Owner.Length == 0 ? "" : $" (owner {one.Owner})")}";
        return $"-- {string.Concat(text.Select(letter => char.IsControl(letter) || letter is '\u0085' or '\u2028' or '\u2029' ? ' ' : letter))}\n";
    }
}

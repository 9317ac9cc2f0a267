using System.Text.RegularExpressions;

namespace LakebaseOps.Serving.DynamoDb;

/// <summary>
/// A table of DynamoDB: the copy of one table of PostgreSQL, or one item for each key of an entity with a map for each of
/// the entity's tables that has a row of the key.
/// </summary>
internal sealed partial class DynamoTable
{
    /// <summary>The modes that DynamoDB has: N items in a batch, and one item.</summary>
    public static readonly IReadOnlyList<FeatureMode> Modes = [FeatureMode.Batch, FeatureMode.Wide];

    // Part of every shape: tables made by another form of this class are stale.
    private const string Version = "1";
    private const string WideKey = "key";

    private DynamoTable(FeaturePlan plan, int entity, IReadOnlyList<FeatureTable> tables, bool isWide, string prefix)
    {
        Entity = plan.Entities[entity];
        Tables = tables;
        IsWide = isWide;
        KeyName = isWide ? WideKey : tables[0].Key.Name;
        Shape = FeatureShape.Of(isWide ? $"{Version} wide" : Version, tables, _ => 0);
        Name = prefix + (isWide ? FeatureShape.NameOf("wide_", tables, _ => 0) : NameOf(tables[0]));
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The attribute that holds the key.</summary>
    public string KeyName { get; }

    /// <summary>Whose key it is.</summary>
    public FeatureEntity Entity { get; }

    /// <summary>The tables whose rows it holds.</summary>
    public IReadOnlyList<FeatureTable> Tables { get; }

    /// <summary>True when an item holds the rows of all tables of an entity.</summary>
    public bool IsWide { get; }

    /// <summary>Hash of the tables' columns.</summary>
    public string Shape { get; }

    /// <summary>The copy of one table.</summary>
    public static DynamoTable Of(FeaturePlan plan, FeatureTable table, string prefix) => new(plan, table.Entity, [table], isWide: false, prefix);

    /// <summary>The table with one item for each key of an entity.</summary>
    public static DynamoTable Wide(FeaturePlan plan, int entity, string prefix) =>
        new(plan, entity, [.. plan.Tables.Where(table => table.Entity == entity)], isWide: true, prefix);

    /// <summary>All that a plan needs for some modes.</summary>
    public static IReadOnlyList<DynamoTable> All(FeaturePlan plan, IEnumerable<FeatureMode> modes, string prefix)
    {
        HashSet<FeatureMode> wanted = [.. modes];
        DemandPrefix(prefix);
        return
        [
            .. wanted.Contains(FeatureMode.Batch) ? plan.Tables.Select(table => Of(plan, table, prefix)) : [],
            .. wanted.Contains(FeatureMode.Wide) ? plan.Entities.Select((_, entity) => Wide(plan, entity, prefix)) : [],
        ];
    }

    /// <summary>Refuses modes that DynamoDB does not have.</summary>
    /// <exception cref="LakebaseException">ModeNotSupported.</exception>
    public static void DemandModes(IEnumerable<FeatureMode> modes)
    {
        foreach (FeatureMode mode in modes.Except(Modes))
        {
            throw new LakebaseError(ErrorIds.ModeNotSupported, LakebaseErrorKind.InvalidArgument,
                $"DynamoDB has no mode {mode}: it knows neither statements nor functions.")
            { Target = mode.ToString(), Remedy = "Its modes are Batch (BatchGetItem over all tables) and Wide (one item for each entity)." }.ToException();
        }
    }

    /// <summary>Refuses a beginning of names that DynamoDB would refuse.</summary>
    /// <exception cref="LakebaseException">InvalidArgument.</exception>
    private static void DemandPrefix(string prefix)
    {
        if (!PrefixForm().IsMatch(prefix))
        {
            throw new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument,
                "-TablePrefix must consist of 3 to 100 letters, digits, '_', '-' and '.'.")
            { Target = prefix, Remedy = "Take another beginning for the tables' names." }.ToException();
        }
    }

    // schema.table, as far as DynamoDB allows that; a name it does not allow is told by a hash.
    private static string NameOf(FeatureTable table)
    {
        string name = $"{table.Name.Schema}.{table.Name.Name}";
        return NameForm().IsMatch(name) ? name : FeatureShape.NameOf($"{OtherCharacters().Replace(name, "-")}_", [table], _ => 0);
    }

    [GeneratedRegex(@"^[A-Za-z0-9_.-]{3,100}$")]
    private static partial Regex PrefixForm();

    [GeneratedRegex(@"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$")]
    private static partial Regex NameForm();

    [GeneratedRegex(@"[^A-Za-z0-9_-]")]
    private static partial Regex OtherCharacters();
}

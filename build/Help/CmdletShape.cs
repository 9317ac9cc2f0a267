namespace LakebaseOps.Build.Help;

/// <summary>A cmdlet as its metadata describe it.</summary>
public sealed record CmdletShape
{
    /// <summary>Verb-Noun.</summary>
    public string Name => $"{Verb}-{Noun}";

    public required string Verb { get; init; }

    public required string Noun { get; init; }

    /// <summary>The class, from a metadata-only load: it can be looked at, not run.</summary>
    public required Type Class { get; init; }

    public string? DefaultParameterSet { get; init; }

    public bool SupportsShouldProcess { get; init; }

    /// <summary>None, Low, Medium (the default) or High.</summary>
    public string ConfirmImpact { get; init; } = "Medium";

    public IReadOnlyList<Type> OutputTypes { get; init; } = [];

    /// <summary>In alphabetical order; -WhatIf and -Confirm are among them where the cmdlet has them.</summary>
    public IReadOnlyList<ParameterShape> Parameters { get; init; } = [];

    /// <summary>Names of the parameter sets, the default one first; one unnamed set when there is no other.</summary>
    public IReadOnlyList<string> ParameterSets
    {
        get
        {
            string[] named = [.. Parameters.SelectMany(parameter => parameter.Uses).Select(use => use.Set)
                .Where(set => set != ParameterUse.EverySet).Distinct().Order(StringComparer.Ordinal)];
            return named.Length == 0
                ? [ParameterUse.EverySet]
                : [.. named.OrderByDescending(set => set == DefaultParameterSet)];
        }
    }
}

/// <summary>A parameter of a cmdlet.</summary>
public sealed record ParameterShape(string Name, string TypeName)
{
    /// <summary>The property's type as declared; null for -WhatIf and -Confirm, which PowerShell adds.</summary>
    public Type? Type { get; init; }

    public bool IsSwitch => TypeName == "SwitchParameter";

    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The only values it takes, where they are few and known: an enumeration's or a ValidateSet's.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>True when it accepts wildcards.</summary>
    public bool Wildcards { get; init; }

    /// <summary>True when the parameter has a completer of its own.</summary>
    public bool HasCompleter { get; init; }

    /// <summary>How each parameter set uses it.</summary>
    public IReadOnlyList<ParameterUse> Uses { get; init; } = [];

    /// <summary>Its use in a set; null when the set does not have it.</summary>
    public ParameterUse? In(string set) =>
        Uses.FirstOrDefault(use => use.Set == set) ?? Uses.FirstOrDefault(use => use.Set == ParameterUse.EverySet);
}

/// <summary>The use of a parameter in a parameter set.</summary>
public sealed record ParameterUse(string Set)
{
    /// <summary>Stands for all sets.</summary>
    public const string EverySet = "__AllParameterSets";

    /// <summary>Null for a parameter that must be named.</summary>
    public int? Position { get; init; }

    public bool IsMandatory { get; init; }

    public bool FromPipeline { get; init; }

    public bool FromPipelineByPropertyName { get; init; }

    public bool FromRemainingArguments { get; init; }

    /// <summary>As Get-Help says it, e.g. "True (ByValue, ByPropertyName)".</summary>
    public string PipelineInput => (FromPipeline, FromPipelineByPropertyName) switch
    {
        (true, true) => "True (ByValue, ByPropertyName)",
        (true, false) => "True (ByValue)",
        (false, true) => "True (ByPropertyName)",
        _ => "False",
    };
}

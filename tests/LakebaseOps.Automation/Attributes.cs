namespace System.Management.Automation;

public enum ConfirmImpact { None, Low, Medium, High }

[AttributeUsage(AttributeTargets.Class)]
public class CmdletAttribute(string verbName, string nounName) : Attribute
{
    public string VerbName { get; } = verbName;

    public string NounName { get; } = nounName;

    public string DefaultParameterSetName { get; set; } = "";

    public bool SupportsShouldProcess { get; set; }

    public bool SupportsPaging { get; set; }

    public ConfirmImpact ConfirmImpact { get; set; } = ConfirmImpact.Medium;

    public string HelpUri { get; set; } = "";
}

[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field, AllowMultiple = true)]
public sealed class ParameterAttribute : Attribute
{
    public const string AllParameterSets = "__AllParameterSets";

    public int Position { get; set; } = int.MinValue;

    public string ParameterSetName { get; set; } = AllParameterSets;

    public bool Mandatory { get; set; }

    public bool ValueFromPipeline { get; set; }

    public bool ValueFromPipelineByPropertyName { get; set; }

    public bool ValueFromRemainingArguments { get; set; }

    public string HelpMessage { get; set; } = "";

    public bool DontShow { get; set; }
}

[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class OutputTypeAttribute : Attribute
{
    public OutputTypeAttribute(params Type[] type) => Types = type;

    public OutputTypeAttribute(params string[] type) => Names = type;

    public Type[] Types { get; } = [];

    public string[] Names { get; } = [];

    public string[]? ParameterSetName { get; set; }
}

[AttributeUsage(AttributeTargets.Class | AttributeTargets.Property | AttributeTargets.Field)]
public sealed class AliasAttribute(params string[] aliasNames) : Attribute
{
    public IList<string> AliasNames { get; } = aliasNames;
}

[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class SupportsWildcardsAttribute : Attribute;

public sealed class AllowNullAttribute : Attribute;

public sealed class AllowEmptyStringAttribute : Attribute;

public sealed class AllowEmptyCollectionAttribute : Attribute;

public abstract class ValidateArgumentsAttribute : Attribute;

public abstract class ValidateEnumeratedArgumentsAttribute : ValidateArgumentsAttribute;

public sealed class ValidateNotNullAttribute : ValidateArgumentsAttribute;

public sealed class ValidateNotNullOrEmptyAttribute : ValidateArgumentsAttribute;

public sealed class ValidateCountAttribute(int minLength, int maxLength) : ValidateArgumentsAttribute
{
    public int MinLength { get; } = minLength;

    public int MaxLength { get; } = maxLength;
}

public sealed class ValidateLengthAttribute(int minLength, int maxLength) : ValidateEnumeratedArgumentsAttribute
{
    public int MinLength { get; } = minLength;

    public int MaxLength { get; } = maxLength;
}

public sealed class ValidatePatternAttribute(string regexPattern) : ValidateEnumeratedArgumentsAttribute
{
    public string RegexPattern { get; } = regexPattern;
}

public sealed class ValidateRangeAttribute(object minRange, object maxRange) : ValidateEnumeratedArgumentsAttribute
{
    public object MinRange { get; } = minRange;

    public object MaxRange { get; } = maxRange;
}

public sealed class ValidateSetAttribute(params string[] validValues) : ValidateEnumeratedArgumentsAttribute
{
    public IList<string> ValidValues { get; } = validValues;

    public bool IgnoreCase { get; set; } = true;
}

[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public abstract class ArgumentTransformationAttribute : Attribute
{
    public virtual bool TransformNullOptionalParameters => true;

    public abstract object? Transform(EngineIntrinsics engineIntrinsics, object? inputData);
}

public sealed class CredentialAttribute : ArgumentTransformationAttribute
{
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => inputData;
}

[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public class ArgumentCompleterAttribute(Type type) : Attribute
{
    public Type Type { get; } = type;
}

[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public class ArgumentCompletionsAttribute(params string[] completions) : Attribute
{
    public string[] Completions { get; } = completions;
}

public sealed class HiddenAttribute : Attribute;

using System.Collections;
using System.Security;

namespace System.Management.Automation;

public struct SwitchParameter(bool isPresent)
{
    public bool IsPresent { get; } = isPresent;

    public static SwitchParameter Present => new(true);

    public static implicit operator bool(SwitchParameter switchParameter) => switchParameter.IsPresent;

    public static implicit operator SwitchParameter(bool value) => new(value);

    public bool ToBool() => IsPresent;

    public override string ToString() => IsPresent.ToString();
}

public sealed class PSCredential(string userName, SecureString password)
{
    public static PSCredential Empty { get; } = new("", new SecureString());

    public string UserName { get; } = userName;

    public SecureString Password { get; } = password;

    public Net.NetworkCredential GetNetworkCredential() => new(UserName, Password);
}

public class PSObject
{
    private readonly List<PSPropertyInfo> _properties = [];

    public PSObject() => BaseObject = this;

    public PSObject(object baseObject) => BaseObject = baseObject;

    public object BaseObject { get; }

    public object ImmediateBaseObject => BaseObject;

    public Collections.ObjectModel.Collection<string> TypeNames { get; } = [];

    public PSMemberInfoCollection<PSPropertyInfo> Properties => new PropertyCollection(BaseObject, _properties);

    public static PSObject AsPSObject(object obj) => obj as PSObject ?? new PSObject(obj);

    public override string ToString() => ReferenceEquals(BaseObject, this) ? "" : BaseObject.ToString() ?? "";

    private sealed class PropertyCollection(object source, List<PSPropertyInfo> own) : PSMemberInfoCollection<PSPropertyInfo>
    {
        public override PSPropertyInfo? this[string name] =>
            this.FirstOrDefault(property => string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase));

        public override void Add(PSPropertyInfo member) => own.Add(member);

        public override void Remove(string name) => own.RemoveAll(property => property.Name == name);

        public override IEnumerator<PSPropertyInfo> GetEnumerator() => own.Concat(source is PSObject
            ? []
            : source.GetType().GetProperties().Where(property => property.GetIndexParameters().Length == 0)
                .Select(property => (PSPropertyInfo)new PSNoteProperty(property.Name, property.GetValue(source)))).GetEnumerator();
    }
}

public abstract class PSMemberInfo
{
    public abstract object? Value { get; set; }

    public string Name { get; private protected init; } = "";
}

public abstract class PSPropertyInfo : PSMemberInfo
{
    public abstract bool IsGettable { get; }

    public abstract bool IsSettable { get; }
}

public class PSNoteProperty : PSPropertyInfo
{
    public PSNoteProperty(string name, object? value) => (Name, Value) = (name, value);

    public override object? Value { get; set; }

    public override bool IsGettable => true;

    public override bool IsSettable => true;
}

public abstract class PSMemberInfoCollection<T> : IEnumerable<T>
    where T : PSMemberInfo
{
    public abstract T? this[string name] { get; }

    public abstract void Add(T member);

    public abstract void Remove(string name);

    public abstract IEnumerator<T> GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>Only the conversions that need no PowerShell.</summary>
public static class LanguagePrimitives
{
    public static object? ConvertTo(object? valueToConvert, Type resultType) => valueToConvert is null || resultType.IsInstanceOfType(valueToConvert)
        ? valueToConvert
        : Convert.ChangeType(valueToConvert, resultType, Globalization.CultureInfo.InvariantCulture);

    public static bool IsTrue(object? obj) => obj switch { null => false, bool value => value, string text => text.Length > 0, SwitchParameter given => given.IsPresent, _ => true };

    public static T ConvertTo<T>(object? valueToConvert) => (T)ConvertTo(valueToConvert, typeof(T))!;
}

public sealed class EngineIntrinsics;

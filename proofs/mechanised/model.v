(** * Programs and what they compute

    A program is a list of stores, each with the loops and guards around it, and a
    run: its store instances in the order in which they execute. Index expressions
    and conditions are functions of the point, one integer per loop, outermost first;
    nothing is assumed of them. Operators, constants, inputs and tensors get their
    meaning from an interpretation over any type of values.
    Counterpart: ir/loop/program.ts, ir/loop/visit.ts, docs/theorem.md section 1. *)

From Coq Require Import List String ZArith Lia Bool.
Import ListNotations.

Definition name := string.
Definition point := list Z.

(** ** Values of stores *)

(** [Op] carries the operator with its type, such as "add.f32"; [Const] the type and bits. *)
Inductive expr : Type :=
| Load (buffer : name) (index : point -> point)
| Const (text : name)
| Index (value : point -> Z)
| Op (operator : name) (args : list expr).

Section ExprInduction.
  Variable Q : expr -> Prop.
  Hypothesis on_load : forall b i, Q (Load b i).
  Hypothesis on_const : forall c, Q (Const c).
  Hypothesis on_index : forall z, Q (Index z).
  Hypothesis on_op : forall f args, Forall Q args -> Q (Op f args).

  Fixpoint expr_induction (e : expr) : Q e :=
    match e with
    | Load b i => on_load b i
    | Const c => on_const c
    | Index z => on_index z
    | Op f args =>
        on_op f args
          ((fix all es : Forall Q es :=
              match es with
              | [] => Forall_nil Q
              | e' :: es' => Forall_cons e' (expr_induction e') (all es')
              end) args)
    end.
End ExprInduction.

(** The part of a value at a path of argument positions. *)
Fixpoint value_at (e : expr) (path : list nat) : option expr :=
  match path with
  | [] => Some e
  | j :: rest =>
      match e with
      | Op _ args => match nth_error args j with Some a => value_at a rest | None => None end
      | _ => None
      end
  end.

(** The loads of a value, left to right: the order in which a witness lists them. *)
Fixpoint loads (e : expr) : list (name * (point -> point)) :=
  match e with
  | Load b i => [(b, i)]
  | Op _ args => flat_map loads args
  | _ => []
  end.

(** Which load of the value, in reading order, stands at [path]. *)
Fixpoint rank (e : expr) (path : list nat) : nat :=
  match path with
  | [] => 0
  | j :: rest =>
      match e with
      | Op _ args =>
          List.length (flat_map loads (firstn j args))
          + match nth_error args j with Some a => rank a rest | None => 0 end
      | _ => 0
      end
  end.

Lemma rank_load : forall path e b i,
  value_at e path = Some (Load b i) -> nth_error (loads e) (rank e path) = Some (b, i).
Proof.
  induction path as [| j rest IH]; intros e b i H.
  - simpl in H. injection H as ->. reflexivity.
  - destruct e as [| | | f args]; simpl in H; try discriminate.
    simpl. destruct (nth_error args j) as [a |] eqn:Ha; try discriminate.
    destruct (nth_error_split args j Ha) as (l1 & l2 & -> & Hl).
    rewrite <- Hl, firstn_app, Nat.sub_diag, firstn_all, app_nil_r, flat_map_app.
    rewrite nth_error_app2 by lia.
    replace (_ + _ - _)%nat with (rank a rest) by lia.
    specialize (IH _ _ _ H). simpl.
    rewrite nth_error_app1; [exact IH |].
    apply nth_error_Some. rewrite IH. discriminate.
Qed.

Lemma value_at_app : forall path e j,
  value_at e (path ++ [j]) = match value_at e path with Some e' => value_at e' [j] | None => None end.
Proof.
  induction path as [| k rest IH]; intros e j; [reflexivity |].
  destruct e; try reflexivity. cbn [app value_at].
  destruct (nth_error args k); [apply IH | reflexivity].
Qed.

(** ** Stores, instances, programs *)

(** How a loop may run; vector and parallel ones run their iterations together. *)
Inductive mode := Serial | Unrolled | Vector | Parallel.

Definition together (how : mode) : bool :=
  match how with Vector | Parallel => true | Serial | Unrolled => false end.

(** A store with what surrounds it: StoreContext of the kernel. [s_positions] has one
    rank per depth, [length s_extents + 1] in all. *)
Record store := Store {
  s_name : name;
  s_buffer : name;
  s_index : point -> point;
  s_value : expr;
  s_modes : list mode;
  s_extents : list nat;
  s_conditions : list (point -> bool);
  s_positions : list nat;
  s_top : nat;  (** index of the top-level node that holds the store *)
}.

Notation instance := (store * point)%type.

(** Every coordinate between 0 and its extent − 1. *)
Definition within (extents : list nat) (x : point) : Prop :=
  Forall2 (fun v n => 0 <= v < Z.of_nat n)%Z x extents.

(** The iteration domain: loops and guards. Kernel: inDomain in domain.ts. *)
Definition in_domain (s : store) (x : point) : Prop :=
  within (s_extents s) x /\ forallb (fun c => c x) (s_conditions s) = true.

(** A weight buffer is a view of a tensor; outputs, temps and locals are stored. *)
Inductive kind := Input (position : nat) | Weight (tensor : name) (view : point -> point) | Stored.

Record program := Program {
  stores : list store;
  kind_of : name -> kind;
  outputs : list (name * list nat);  (** buffer and shape, in the order of the interface *)
  run : list instance;  (** all instances, in the order in which they execute *)
}.

Definition domain (P : program) (i : instance) : Prop := In (fst i) (stores P) /\ in_domain (fst i) (snd i).

Definition lookup (P : program) (n : name) : option store :=
  find (fun s => String.eqb (s_name s) n) (stores P).

Lemma lookup_in : forall P n s, lookup P n = Some s -> In s (stores P) /\ s_name s = n.
Proof.
  unfold lookup. intros P n s H. apply find_some in H. destruct H as [H1 H2].
  split; [exact H1 | apply String.eqb_eq; exact H2].
Qed.

Lemma lookup_own : forall P s, NoDup (map s_name (stores P)) -> In s (stores P) -> lookup P (s_name s) = Some s.
Proof.
  unfold lookup. intros P. induction (stores P) as [| t rest IH]; simpl; intros s Hn Hs; [tauto |].
  inversion_clear Hn as [| ? ? Hfresh Hrest]. destruct Hs as [-> | Hs].
  - rewrite String.eqb_refl. reflexivity.
  - destruct (String.eqb_spec (s_name t) (s_name s)) as [E | _]; [| apply IH; assumption].
    exfalso. apply Hfresh. rewrite E. apply in_map. exact Hs.
Qed.

(** ** Execution *)

Notation element := (name * point)%type.

Definition element_dec : forall a b : element, {a = b} + {a <> b}.
Proof. repeat decide equality. Qed.

(** The element that an instance writes. *)
Definition written (i : instance) : element := (s_buffer (fst i), s_index (fst i) (snd i)).

Section Execution.
  Context {V : Type}.

  (** Scalar operators, constants and index values; the contents of inputs and tensors. *)
  Record interpretation := Interpretation {
    op_value : name -> list V -> V;
    const_value : name -> V;
    index_value : Z -> V;
    input_value : nat -> point -> V;
    tensor_value : name -> point -> V;
  }.

  Variable I : interpretation.

  Definition memory := element -> V.

  Definition update (m : memory) (e : element) (v : V) : memory :=
    fun e' => if element_dec e e' then v else m e'.

  (** The value of an expression at a point: a load reads the last value written. *)
  Fixpoint eval (m : memory) (x : point) (e : expr) : V :=
    match e with
    | Load b i => m (b, i x)
    | Const c => const_value I c
    | Index z => index_value I (z x)
    | Op f args => op_value I f (map (eval m x) args)
    end.

  Definition value_of (m : memory) (i : instance) : V := eval m (snd i) (s_value (fst i)).

  Definition step (m : memory) (i : instance) : memory := update m (written i) (value_of m i).

  Definition exec (l : list instance) (m : memory) : memory := fold_left step l m.

  (** Inputs and weights hold what is given; all other elements hold anything. *)
  Definition starts (P : program) (m : memory) : Prop :=
    forall b d,
      match kind_of P b with
      | Input n => m (b, d) = input_value I n d
      | Weight t view => m (b, d) = tensor_value I t (view d)
      | Stored => True
      end.

  Lemma exec_app : forall l1 l2 m, exec (l1 ++ l2) m = exec l2 (exec l1 m).
  Proof. intros. apply fold_left_app. Qed.

  Lemma exec_untouched : forall l m e, (forall i, In i l -> written i <> e) -> exec l m e = m e.
  Proof.
    induction l as [| i l IH]; intros m e H; [reflexivity |].
    simpl. rewrite IH by (intros; apply H; right; assumption).
    unfold step, update. destruct (element_dec (written i) e) as [E |]; [| reflexivity].
    exfalso. exact (H i (or_introl eq_refl) E).
  Qed.

  (** The value of an element is that of its last writer, at the time when that ran. *)
  Lemma exec_last : forall l1 p l2 m e,
    written p = e -> (forall i, In i l2 -> written i <> e) ->
    exec (l1 ++ p :: l2) m e = value_of (exec l1 m) p.
  Proof.
    intros l1 p l2 m e Hp Hrest. rewrite exec_app. simpl.
    rewrite (exec_untouched l2) by exact Hrest.
    unfold step, update. destruct (element_dec (written p) e) as [_ | N]; [reflexivity | contradiction].
  Qed.
End Execution.

Arguments interpretation : clear implicits.
Arguments memory : clear implicits.
